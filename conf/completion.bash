# bash completion for sockchat. What can be completed is read from `sockchat --help` and
# `sockchat COMMAND --help`, so it is always what the installed program takes.

_sockchat_options() {
	"$1" "$2" --help 2>/dev/null | sed -n \
		-e 's/^ \{2,\}\(-., \)\{0,1\}--\[no-\]\([a-z-]*\).*/--\2\n--no-\2/p' \
		-e 's/^ \{2,\}\(-., \)\{0,1\}--\([a-z-]*\).*/--\2/p'
}

_sockchat() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} program=${COMP_WORDS[0]}

	COMPREPLY=()
	if [[ $COMP_CWORD -eq 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'serve connect peer help --help --version' -- "$word")
		return
	fi
	case $before in
	--unix | --config | --*-file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--interface | --bind)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$word")
		return
		;;
	esac
	case ${COMP_WORDS[1]} in
	help)
		mapfile -t COMPREPLY < <(compgen -W 'serve connect peer' -- "$word")
		;;
	serve | connect | peer)
		if [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(
				compgen -W "$(_sockchat_options "$program" "${COMP_WORDS[1]}")" -- "$word")
		elif [[ ${COMP_WORDS[1]} != serve ]]; then
			mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
		fi
		;;
	esac
}

complete -F _sockchat sockchat
