/* The few ways a line may look. */
#include "serve/form.h"

#include <assert.h>

struct form *
form_get(struct forms *all, cap_set caps, bool plain, unsigned wrap)
{
	struct form *f;

	if ((caps & CAP_BIT(CAP_BATCH)) == 0) /* without it a message of several lines is many */
		caps &= ~CAP_BIT(CAP_MULTILINE);
	if ((caps & CAP_BIT(CAP_MESSAGE_TAGS)) != 0) /* of which its tag is one */
		caps &= ~CAP_BIT(CAP_RELAYMSG);
	caps = plain ? 0 : caps & FORM_CAPS;
	for (unsigned i = 0; i < all->count; i++)
		if (all->at[i].caps == caps && all->at[i].plain == plain && all->at[i].wrap == wrap)
			return &all->at[i];
	assert(all->count < FORMS_MOST);
	f = &all->at[all->count];
	*f = (struct form){
		.caps = caps, .plain = plain, .wrap = (uint8_t)wrap, .id = (uint16_t)all->count
	};
	all->count++;
	return f;
}
