import type { Command, Option } from 'commander';

/** The shells that completion scripts are made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** A command as a shell completes it. */
interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** What its first argument is: `id`, `spec`, `shell`, or nothing that can be completed. */
  readonly argument: string;
}

/**
 * A script that completes this command: all that it offers is in it, and the ids of jobs are the names of
 * folders. No process of this program is started for it.
 */
export function completionScript(program: Command, shell: (typeof shells)[number]): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options,
    argument: command.registeredArguments[0]?.name() ?? '',
  }));
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

/** Whether the value of an option is a file. */
function takesFile(option: string): boolean {
  return option === '--joblog';
}

function namesOf(commands: readonly CompletedCommand[], argument: string): string {
  return commands
    .filter((command) => command.argument === argument)
    .map(({ name }) => name)
    .join('|');
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options }) => {
    const words = ['--help', '--store', ...options.map(({ long }) => long!)].join(' ');
    return `    ${name}) options='${words}' ;;`;
  });
  const choices = new Map(
    commands.flatMap(({ options }) =>
      options.flatMap(({ long, argChoices }) => (argChoices ? [[long!, argChoices.join(' ')] as const] : [])),
    ),
  );
  return `# Completion of sluice for bash: eval "$(sluice completion bash)"
_sluice() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local store="\${SLUICE_STORE:-.sluice}" command='' word index options='--help --version --store' ids path
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in
    --store) store="\${COMP_WORDS[++index]}" ;;
    -*) ;;
    *) [ -n "$command" ] || command="$word" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  COMPREPLY=()
  case "$previous" in
  --store) COMPREPLY=($(compgen -d -- "$current")); return ;;
  --joblog) COMPREPLY=($(compgen -f -- "$current")); return ;;
${[...choices].map(([name, words]) => `  ${name}) COMPREPLY=($(compgen -W '${words}' -- "$current")); return ;;`).join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
    return
  fi
  case "$command" in
  '') COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$current")) ;;
  ${namesOf(commands, 'id')})
    for path in "$store"/"$current"*/job.json; do
      [ -f "$path" ] && path="\${path%/job.json}" && ids+="\${path##*/} "
    done
    COMPREPLY=($(compgen -W "$ids" -- "$current")) ;;
  ${namesOf(commands, 'spec')})
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -d -- "$current") $(compgen -f -X '!*.@(yaml|yml|json)' -- "$current")) ;;
  ${namesOf(commands, 'shell')}) COMPREPLY=($(compgen -W '${shells.join(' ')}' -- "$current")) ;;
  esac
}
shopt -s extglob
complete -F _sluice sluice
`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string => text.replaceAll("'", "'\\''");
  const general = [
    "'--store=[the directory of the stored jobs]:directory:_directories'",
    "'--help[show the help]'",
  ];
  const described = commands.map(
    ({ name, description }) => `    '${name}:${quoted(description.replaceAll(':', '\\:'))}'`,
  );
  const cases = commands.map(({ name, options, argument }) => {
    const first = {
      id: "'1:job:_sluice_ids'",
      spec: `'1:spec:_files -g "*.(yaml|yml|json)(-.)"'`,
      shell: `'1:shell:(${shells.join(' ')})'`,
    }[argument];
    const specs = [
      ...options.map((option) => `'${zshOption(option)}'`),
      ...general,
      ...(first === undefined ? [] : [first]),
    ];
    return `    ${name}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef sluice
# Completion of sluice for zsh: eval "$(sluice completion zsh)"
_sluice_ids() {
  local store="\${\${opt_args[--store]:-$sluice_store}:-\${SLUICE_STORE:-.sluice}}"
  local -a ids
  ids=(\${~\${(Q)store}}/*/job.json(N:h:t))
  compadd -a ids
}
_sluice() {
  local curcontext="$curcontext" state line sluice_store
  local -a commands
  local -A opt_args
  commands=(
${described.join('\n')}
  )
  _arguments -C -A '-*' ${general.join(' ')} '--version[show the version]' '1:command:->command' '*::argument:->argument'
  sluice_store="\${opt_args[--store]}"
  case "$state" in
  command) _describe command commands ;;
  argument)
    case "\${line[1]}" in
${cases.join('\n')}
    esac ;;
  esac
  return 0
}
compdef _sluice sluice
`;

  function zshOption({ long, description, required, argChoices }: Option): string {
    const text = quoted(description).replace(/[[\]]/g, '');
    if (!required) return `${long!}[${text}]`;
    const values = argChoices ? `(${argChoices.join(' ')})` : takesFile(long!) ? '_files' : '';
    return `${long!}=[${text}]:value:${values}`;
  }
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, options, argument }) => {
    const inIt = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c sluice -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ...options.map(({ long, description: text, required, argChoices }) => {
        const taken = argChoices
          ? ` -x -a ${quoted(argChoices.join(' '))}`
          : takesFile(long!)
            ? ' -r -F'
            : ' -x';
        const value = required ? taken : '';
        return `complete -c sluice ${inIt} -l ${long!.slice(2)}${value} -d ${quoted(text)}`;
      }),
      ...(argument === 'id' ? [`complete -c sluice ${inIt} -a '(__sluice_ids)'`] : []),
      ...(argument === 'shell' ? [`complete -c sluice ${inIt} -a ${quoted(shells.join(' '))}`] : []),
      ...(argument === 'spec'
        ? [`complete -c sluice ${inIt} -k -x -a '(__fish_complete_suffix .yaml .yml .json)'`]
        : []),
    ];
  });
  return `# Completion of sluice for fish: sluice completion fish | source
function __sluice_ids
  set -l store .sluice
  set -q SLUICE_STORE; and set store $SLUICE_STORE
  set -l words (commandline -opc)
  set -l at (contains -i -- --store $words); and set store $words[(math $at + 1)]
  set -l joined (string replace -rf -- '^--store=' '' $words); and set store $joined[-1]
  for job in $store/*/job.json
    basename (dirname $job)
  end
end
complete -c sluice -f
complete -c sluice -l store -x -a '(__fish_complete_directories)' -d 'the directory of the stored jobs'
complete -c sluice -l help -d 'show the help'
complete -c sluice -n __fish_use_subcommand -l version -d 'show the version'
${lines.join('\n')}
`;
}
