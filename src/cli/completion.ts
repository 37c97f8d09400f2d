// `strategy-engine completion SHELL`: a script that completes commands, options and their choices in that shell. Made from
// the commands as they are declared, so it knows what the program knows. Where nothing of that fits, files are offered.
import { Argument, Command } from "commander";
import { print } from "./text.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** What can stand behind some words: "" is the program itself, "data list" a command of a command. */
interface Place {
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Values by option. */
  readonly choices: readonly { readonly flags: readonly string[]; readonly values: readonly string[] }[];
  /** Of the first argument. */
  readonly values: readonly string[];
}
interface Word {
  readonly word: string;
  readonly about: string;
}

/** `program`: asked for when the command runs, because all commands have to be in it by then. */
export function completionCommand(program: () => Command): Command {
  return new Command("completion")
    .description("print what makes a shell complete commands, options and their choices")
    .addArgument(new Argument("<shell>", "the shell").choices([...SHELLS]))
    .addHelpText(
      "after",
      `
To have it in every new shell:
  bash   strategy-engine completion bash > ~/.local/share/bash-completion/completions/strategy-engine
  zsh    source <(strategy-engine completion zsh)      as a line of ~/.zshrc, behind compinit
  fish   strategy-engine completion fish > ~/.config/fish/completions/strategy-engine.fish
In this shell only: eval "$(strategy-engine completion bash)"`,
    )
    .action((shell: Shell) => print(completionFor(shell, program())));
}

export function completionFor(shell: Shell, program: Command): string {
  const places = placesOf(program, "");
  if (shell === "bash") return bash(program.name(), places);
  return shell === "zsh" ? zsh(program.name(), places) : fish(program.name(), places);
}

function placesOf(command: Command, path: string): readonly Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const options = help.visibleOptions(command);
  const place: Place = {
    path,
    commands: commands.flatMap((one) =>
      [one.name(), ...one.aliases()].map((word) => ({ word, about: one.description() })),
    ),
    options: options.flatMap(({ short, long, description }) =>
      [short, long].filter((word) => word !== undefined).map((word) => ({ word, about: description })),
    ),
    choices: options.flatMap(({ short, long, argChoices: values }) => {
      if (values === undefined) return [];
      return [{ flags: [short, long].filter((word) => word !== undefined), values }];
    }),
    values: command.registeredArguments[0]?.argChoices ?? [],
  };
  const below = commands.flatMap((one) =>
    [one.name(), ...one.aliases()].flatMap((name) => placesOf(one, `${path} ${name}`.trim())),
  );
  return [place, ...below];
}

function wordsOf({ commands, options, values }: Place): readonly Word[] {
  return [...commands, ...values.map((word) => ({ word, about: "" })), ...options];
}

/** The longest run of words that is a place decides; a word behind an option with choices is one of them. */
function bash(name: string, places: readonly Place[]): string {
  const choices = places.flatMap((place) =>
    place.choices.map(
      ({ flags, values }) =>
        `    ${flags.map((flag) => quoted(`${place.path} ${flag}`)).join("|")}) words=${quoted(values.join(" "))};;`,
    ),
  );
  const words = places.map(
    (place) =>
      `    ${quoted(place.path)}) words=${quoted(
        wordsOf(place)
          .map(({ word }) => word)
          .join(" "),
      )};;`,
  );
  const known = places.slice(1).map(({ path }) => quoted(path));
  const script = functionName(name);
  return `# Completion of ${name} for bash; made by: ${name} completion bash
${script}() {
  local path="" word words=""
  local here="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
    ${known.join("|")}) path="\${path:+$path }$word";;
    esac
  done
  case "$path $before" in
${choices.join("\n")}
    *) case "$path" in
${words.join("\n")}
    esac;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$here"))
}
complete -o default -F ${script} ${name}`;
}

/** zsh runs the functions of bash, when it is told to. */
function zsh(name: string, places: readonly Place[]): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(name, places)}`;
}

function fish(name: string, places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const seen = place.path.split(" ").filter((word) => word !== "");
    const there =
      seen.length === 0
        ? "__fish_use_subcommand"
        : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const rule = `complete -c ${name} -n ${quoted(there)}`;
    const commands = [...place.commands, ...place.values.map((word) => ({ word, about: "" }))].map(
      ({ word, about }) => `${rule} -a ${quoted(word)} -d ${quoted(about)}`,
    );
    const options = place.options.map(({ word, about }) => {
      const values = place.choices.find(({ flags }) => flags.includes(word))?.values;
      const flag = word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`;
      return `${rule} ${flag} -d ${quoted(about)}${values === undefined ? "" : ` -x -a ${quoted(values.join(" "))}`}`;
    });
    return [...commands, ...options];
  });
  return [`# Completion of ${name} for fish; made by: ${name} completion fish`, ...lines].join("\n");
}

function functionName(name: string): string {
  return `_${name.replaceAll(/\W/g, "_")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
