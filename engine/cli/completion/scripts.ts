/**
 * What each shell is to run to complete a line of ours. None knows a command or a flag: each asks the program for the words
 * that the last one may become, so that they fit the version that is installed.
 */
export const SCRIPTS = {
  // The line is cut at blanks here: bash has words end at colons and equals signs as well, which images and flags have in them.
  bash: `# engineroom for bash
_engineroom() {
  local line=\${COMP_LINE:0:COMP_POINT} current candidate
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[-1]}
  local cut=
  [[ $current == *[:=]* ]] && cut=\${current%"\${current##*[:=]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    COMPREPLY+=("\${candidate#"$cut"}")
  done < <("\${1/#\\~/$HOME}" __complete "\${words[@]:1}" 2> /dev/null)
}
complete -o default -F _engineroom engineroom
`,
  zsh: `#compdef engineroom
# engineroom for zsh
_engineroom() {
  local line
  local -a described
  for line in "\${(@f)$("\${~words[1]}" __complete "\${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#described )); then _describe -t commands engineroom described; else _files; fi
}
if [[ $funcstack[1] == _engineroom ]]; then _engineroom; else compdef _engineroom engineroom; fi
`,
  fish: `# engineroom for fish
function __engineroom_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -g __engineroom_candidates ($words[1] __complete $words[2..] "$current" 2> /dev/null)
  test (count $__engineroom_candidates) -gt 0
end
complete -c engineroom -n __engineroom_complete -f -a '$__engineroom_candidates'
`,
} as const

export type Shell = keyof typeof SCRIPTS

export function isShell(name: string): name is Shell {
  return Object.hasOwn(SCRIPTS, name)
}
