package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

// The completion scripts call the program with --generate-bash-completion as the
// last word; it prints the possible next words. The scripts add files where a file
// is allowed.
const bashCompletion = `_holdfast() {
  local cur="${COMP_WORDS[$COMP_CWORD]}" words=("${COMP_WORDS[@]:0:$COMP_CWORD}")
  COMPREPLY=($(compgen -W "$("${words[@]}" --generate-bash-completion 2>/dev/null)" -- "$cur"))
  case "${COMP_WORDS[1]}" in
  run|prove|show|judge)
    if [ "$COMP_CWORD" -gt 1 ]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "$cur"))
    fi ;;
  esac
}
complete -F _holdfast holdfast
`

const zshCompletion = `#compdef holdfast
_holdfast() {
  local -a found
  found=("${(@f)$("${(@)words[1,CURRENT-1]}" --generate-bash-completion 2>/dev/null)}")
  compadd -- "${found[@]}"
  case "${words[2]}" in
  run|prove|show|judge) (( CURRENT > 2 )) && _files ;;
  esac
}
compdef _holdfast holdfast
`

const fishCompletion = `complete -c holdfast -f -a '(set -l w (commandline -opc); $w --generate-bash-completion 2>/dev/null)'
complete -c holdfast -n '__fish_seen_subcommand_from run prove show judge' -F
`

func completionCommand() *cli.Command {
	scripts := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	return &cli.Command{
		Name: "completion", Usage: "print the completion script of a shell: source <(holdfast completion bash)",
		ArgsUsage:    "bash|zsh|fish",
		BashComplete: completeWords("bash", "zsh", "fish"),
		Action: func(c *cli.Context) error {
			shell, err := onlyArgument(c, "shell", "bash")
			if err != nil {
				return err
			}
			script, ok := scripts[shell]
			if !ok {
				return usagef("no completion for %q: there is one for bash, zsh and fish", shell)
			}
			_, err = fmt.Fprint(c.App.Writer, script)
			return err
		},
	}
}
