// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The hidden command `bpfcheck generate`: completions for shells and the manual page, from the options as they are
// declared. What cannot be told from them - what it is for, exit statuses, files - stands here.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/command.h"
#include "report/document.h"

namespace bpfcheck::cli {
namespace {

struct Option {
  std::vector<std::string> names;  ///< "--btf", "-q"
  std::string description, value;  ///< value: "" for a flag
  std::vector<std::string> choices;
  bool is_path = false;
};

/// Values of options whose check does not tell them in a form that can be read.
std::vector<std::string> choices_of(const std::string& command, std::string_view name) {
  if (name == "--color") return {"auto", "always", "never"};
  if (name == "--format" && command == "btf") return {"c", "raw", "json"};
  if (name == "--format" && command == "check") return {"text", "json", "jsonl", "sarif", "junit", "github", "html"};
  if (name == "--format" && command == "relocs") return {"text", "json"};
  if (name == "--log-level") return {"1", "2", "4"};
  if (name == "--caps") return {"all", "none", "bpf", "perfmon", "net_admin", "sys_admin"};
  return {};
}

bool is_path(std::string_view name) {
  constexpr std::string_view paths[] = {"--btf",      "--btf-base", "--module-btf", "--kconfig",
                                        "--kallsyms", "--output",   "--baseline",   "--config",
                                        "--objects",  "--log",      "--log-dir"};
  return std::ranges::find(paths, name) != std::end(paths);
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::vector<Option> options_of(const CLI::App& command) {
  std::vector<Option> out;
  for (const CLI::Option* o : command.get_options()) {
    Option option;
    for (const std::string& s : o->get_snames()) option.names.push_back("-" + s);
    for (const std::string& l : o->get_lnames()) option.names.push_back("--" + l);
    if (option.names.empty()) continue;
    option.description = one_line(o->get_description());
    const std::string& longest = option.names.back();
    option.choices = choices_of(command.get_name(), longest);
    option.is_path = is_path(longest);
    if (o->get_items_expected_max() > 0)
      option.value = option.is_path ? "FILE" : longest == "--rodata" ? "NAME=VALUE" : "VALUE";
    out.push_back(std::move(option));
  }
  return out;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  auto all = app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); });
  return {all.begin(), all.end()};
}

std::string shell_quoted(std::string_view text) {  // for a shell, in single quotes
  std::string out = "'";
  for (char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string bash(const CLI::App& app) {
  std::string commands, cases, values;
  for (const CLI::App* c : commands_of(app)) {
    commands += (commands.empty() ? "" : " ") + c->get_name();
    std::string names;
    for (const Option& o : options_of(*c)) {
      for (const std::string& n : o.names) names += (names.empty() ? "" : " ") + n;
      std::string patterns;
      for (const std::string& n : o.names)
        patterns += fmt::format("{}{}:{}", patterns.empty() ? "" : "|", c->get_name(), n);
      if (!o.choices.empty())
        values += fmt::format("    {}) mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\"); return ;;\n", patterns,
                              fmt::join(o.choices, " "));
      else if (!o.value.empty())
        values += fmt::format("    {}) {} ;;\n", patterns, o.is_path ? "compopt -o default; return" : "return");
    }
    cases += fmt::format("    {}) names='{}' ;;\n", c->get_name(), names);
  }
  return fmt::format(R"(# bash completion for bpfcheck, written by `bpfcheck generate bash`.
_bpfcheck() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" command=check names
  COMPREPLY=()
  case " {0} " in *" ${{COMP_WORDS[1]}} "*) command="${{COMP_WORDS[1]}}" ;; esac
  case "$command:$before" in
{2}  esac
  case "$command" in
{1}  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
  else
    [[ $COMP_CWORD -eq 1 ]] && mapfile -t COMPREPLY < <(compgen -W '{0}' -- "$word")
    compopt -o default 2> /dev/null
  fi
}}
complete -F _bpfcheck bpfcheck
)",
                     commands, cases, values);
}

std::string zsh(const CLI::App& app) {
  auto plain = [](std::string text) {  // what _arguments and _describe give a meaning
    std::string out;
    for (char c : text) {
      if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
      out += c;
    }
    return out;
  };
  std::string commands, cases;
  for (const CLI::App* c : commands_of(app)) {
    commands += fmt::format("    {}\n", shell_quoted(c->get_name() + ":" + plain(c->get_description())));
    std::string specs;
    for (const Option& o : options_of(*c)) {
      const std::string action = o.value.empty()
                                     ? ""
                                     : fmt::format(":{}:{}", plain(o.value),
                                                   !o.choices.empty() ? fmt::format("({})", fmt::join(o.choices, " "))
                                                   : o.is_path        ? "_files"
                                                                      : "");
      for (const std::string& n : o.names)
        specs +=
            fmt::format(" \\\n        {}", shell_quoted(fmt::format("*{}[{}]{}", n, plain(o.description), action)));
    }
    cases += fmt::format("    {})\n      _arguments{} \\\n        '*:file:_files' ;;\n", c->get_name(), specs);
  }
  return fmt::format(R"(#compdef bpfcheck
# zsh completion for bpfcheck, written by `bpfcheck generate zsh`.
_bpfcheck() {{
  local -a commands
  commands=(
{0}  )
  local command=check
  if (( CURRENT == 2 )); then
    _describe command commands
  elif [[ -n ${{(M)commands:#${{words[2]}}:*}} ]]; then
    command=${{words[2]}}
    shift words
    (( CURRENT-- ))
  fi
  case $command in
{1}  esac
}}
_bpfcheck "$@"
)",
                     commands, cases);
}

std::string fish(const CLI::App& app) {
  std::string names, out = "# fish completion for bpfcheck, written by `bpfcheck generate fish`.\n";
  for (const CLI::App* c : commands_of(app)) names += (names.empty() ? "" : " ") + c->get_name();
  const std::string others = "not __fish_seen_subcommand_from " + names;
  for (const CLI::App* c : commands_of(app)) {
    out += fmt::format("complete -c bpfcheck -n {} -a {} -d {}\n", shell_quoted("__fish_is_first_arg"), c->get_name(),
                       shell_quoted(c->get_description()));
    const std::string here = c->get_name() == "check" ? fmt::format("{}; or __fish_seen_subcommand_from check", others)
                                                      : "__fish_seen_subcommand_from " + c->get_name();
    for (const Option& o : options_of(*c)) {
      out += fmt::format("complete -c bpfcheck -n {}", shell_quoted(here));
      for (const std::string& n : o.names) out += n.starts_with("--") ? " -l " + n.substr(2) : " -s " + n.substr(1);
      if (!o.choices.empty())
        out += fmt::format(" -x -a {}", shell_quoted(fmt::format("{}", fmt::join(o.choices, " "))));
      else if (!o.value.empty())
        out += o.is_path ? " -r -F" : " -x";
      out += fmt::format(" -d {}\n", shell_quoted(o.description));
    }
  }
  return out;
}

std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'' || c == '.')
      out += std::string(out.empty() || out.back() == '\n' ? "\\&" : "") + c;
    else
      out += c;
  }
  return out;
}

constexpr char man_head[] = R"(.\" Written by `bpfcheck generate man`.
.TH BPFCHECK 1 "" "bpfcheck {}" "User Commands"
.SH NAME
bpfcheck \- would these BPF programs load on that kernel, and if not, why?
.SH SYNOPSIS
.B bpfcheck
.RI [ check ]
.IR FILE ...
.RB [ \-\-btf
.IR FILE ]...
.RI [ OPTION ]...
.br
.B bpfcheck
.I COMMAND
.RI [ OPTION ]...
.SH DESCRIPTION
Reads BPF objects as libbpf does, relocates them against the BTF of a target kernel, and simulates that kernel's verifier: the same verdict, the same message,
the same number of instructions processed. It needs neither that kernel nor root. Without
.B \-\-btf
the target is the running kernel.
.PP
A FILE is a BPF object, or an executable or library that embeds objects.
)";

constexpr char man_tail[] = R"(.SH FILES
.TP
.I bpfcheck.toml
Options of
.B check
in TOML, found from the working directory upwards. Every key is a long option without its dashes; paths count from the file's folder, and
.B objects
may hold patterns. What the command line gives wins.
.IP
.nf
objects = ["build/*.bpf.o"]
btf = ["kernels/5.15.btf", "kernels/6.12.btf"]
format = ["text", "sarif=build/bpfcheck.sarif"]

[rodata]
sample_rate = 100

[rodata\-matrix]
debug = [0, 1]

[[suppress]]
program = "old_probe"
reason = "goes with the 5.4 fleet"
expires = 2027\-06\-30
.fi
.SH EXIT STATUS
.TP
.B 0
every program would load
.TP
.B 1
some program would be refused, or has grown over the baseline
.TP
.B 2
bad usage, or input that cannot be read
.TP
.B 3
a program does something that bpfcheck does not model, and none would be refused
.SH ENVIRONMENT
.TP
.B NO_COLOR
where set and not empty, no colour unless
.B \-\-color always
.SH SEE ALSO
.BR bpf (2),
.BR bpf\-helpers (7),
.BR bpftool (8)
)";

std::string man(const CLI::App& app) {
  std::string out = fmt::format(man_head, report::tool_version());
  for (const CLI::App* c : commands_of(app)) {
    std::string title = c->get_name();
    std::ranges::transform(title, title.begin(), [](unsigned char ch) { return static_cast<char>(std::toupper(ch)); });
    out += fmt::format(".SH OPTIONS OF {}\n{}\n", title, roff(c->get_description()));
    for (const Option& o : options_of(*c)) {
      std::string names;
      for (const std::string& n : o.names) names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(n));
      if (!o.value.empty()) names += fmt::format(" \\fI{}\\fR", roff(o.value));
      out += fmt::format(".TP\n{}\n{}\n", names, roff(o.description));
    }
  }
  return out + man_tail;
}

struct GenerateOptions {
  std::string what;
};

}  // namespace

void add_generate(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("generate", "completions for a shell, or the manual page");
  command->group("");
  auto opts = std::make_shared<GenerateOptions>();
  command->add_option("WHAT", opts->what, "bash, zsh, fish or man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  command->callback([&app, &action, opts] {
    action = [&app, opts] {
      const std::string text = opts->what == "bash"   ? bash(app)
                               : opts->what == "zsh"  ? zsh(app)
                               : opts->what == "fish" ? fish(app)
                                                      : man(app);
      return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0
                 ? static_cast<int>(all_accepted)
                 : static_cast<int>(bad_input);
    };
  });
}

}  // namespace bpfcheck::cli
