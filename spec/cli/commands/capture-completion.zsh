# zsh -f capture-completion.zsh SCRIPT LINE: what zsh offers for the line, with the completion script.
# An interactive shell in a pseudo-terminal sources this file, gets the line and a tab, and prints what would be added.
if [[ -n $completion_script ]]; then
  PROMPT=
  autoload -Uz compinit; compinit -C -d $completion_script.dump
  source $completion_script
  bindkey '^M' undefined; bindkey '^J' undefined; bindkey '^I' complete-word
  mark () { echo -E - $'\0' }
  compprefuncs=( mark ); comppostfuncs=( mark exit )
  compadd () {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    typeset -a hits; builtin compadd -A hits "$@"
    local hit; for hit in $hits; do print -r -- "$hit"; done
  }
  echo ready
  return
fi
zmodload zsh/zpty || exit 2
zpty shell zsh -f -i
zpty -w shell "completion_script=${(q)1}; source ${(q)0}"
repeat 20; do zpty -r shell REPLY; [[ $REPLY == ready* ]] && break; done
zpty -w shell "$2"$'\t'
integer marks=0
while zpty -r shell REPLY; do
  REPLY=${REPLY%%$'\r\n'}
  if [[ $REPLY == *$'\0'* ]]; then
    (( ++marks == 2 )) && break
  elif (( marks )); then
    print -r -- $REPLY
  fi
done
zpty -d shell
