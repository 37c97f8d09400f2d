// What a shell offers behind the Tab key: asked of a real bash, with the script that the command prints.
import { execFileSync } from "node:child_process";
import { Argument, Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { completionFor } from "../../../src/cli/completion.ts";
import { CLI } from "../../support/engine-process.ts";

function tree(): Command {
  const data = new Command("data").description("what there is");
  data.addCommand(new Command("list").description("it's all").option("--json", "as JSON"));
  data.addCommand(new Command("hidden").description("not shown"), { hidden: true });
  return new Command("tool")
    .option("-q, --quiet", "say less")
    .addCommand(data)
    .addCommand(new Command("watch").alias("look").addOption(new Option("-f, --family <one>").choices(["up", "down"])))
    .addCommand(new Command("begin").addArgument(new Argument("<kind>").choices(["small", "large"])));
}

/** What bash would offer for the last word. */
function offered(script: string, ...words: readonly string[]): readonly string[] {
  const line = words.map((word) => `'${word}'`).join(" ");
  const asked = `${script}
COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}
"$(complete -p ${words[0]} | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["--norc"], { input: asked, encoding: "utf8" });
  return said.split("\n").filter((one) => one !== "");
}

describe("completion", () => {
  it("offers commands, their aliases, options, and what is below a command", () => {
    const script = completionFor("bash", tree());
    expect(offered(script, "tool", "")).toEqual(
      expect.arrayContaining(["data", "watch", "look", "begin", "help", "--quiet", "-q", "--help"]),
    );
    expect(offered(script, "tool", "da")).toEqual(["data"]);
    expect(offered(script, "tool", "data", "li")).toEqual(["list"]);
    expect(offered(script, "tool", "data", "hi")).toEqual([]);
    expect(offered(script, "tool", "--quiet", "data", "list", "--j")).toEqual(["--json"]);
  });

  it("offers the choices of an option behind it, and those of an argument", () => {
    const script = completionFor("bash", tree());
    expect(offered(script, "tool", "watch", "--family", "")).toEqual(["up", "down"]);
    expect(offered(script, "tool", "look", "-f", "d")).toEqual(["down"]);
    expect(offered(script, "tool", "begin", "s")).toEqual(["small"]);
  });

  it("is made for fish and zsh from the same commands", () => {
    const fish = completionFor("fish", tree());
    expect(fish).toContain(`complete -c tool -n '__fish_seen_subcommand_from data' -a 'list' -d 'it'\\''s all'`);
    expect(fish).toContain("-l family -d '' -x -a 'up down'");
    expect(completionFor("zsh", tree())).toContain("bashcompinit");
  });

  it("knows every command of the program, itself among them", () => {
    const run = (...args: readonly string[]): string =>
      execFileSync(process.execPath, [CLI, ...args], { encoding: "utf8", env: { PATH: process.env["PATH"] } });
    const script = run("completion", "bash");
    const commands = [...run("--help").matchAll(/^ {2}(\w+)(?:\|(\w+))? .*\S/gm)].map(([, name = ""]) => name);
    const all = offered(script, "strategy-engine", "");
    expect(commands.filter((name) => name !== "strategy" && !all.includes(name))).toEqual([]);
    expect(offered(script, "strategy-engine", "completion", "")).toEqual(
      expect.arrayContaining(["bash", "zsh", "fish"]),
    );
    expect(offered(script, "strategy-engine", "data", "syn")).toEqual(["synthetic"]);
    expect(offered(script, "strategy-engine", "deploy", "--type", "c")).toEqual(["canary"]);
  });
});
