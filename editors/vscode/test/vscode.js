// Stands in for VS Code where the extension is tested: what the client asks for when it starts and stops does nothing,
// settings are given, and what is shown or logged is kept.

const Module = require("node:module");

const nothing = () => ({ dispose() {} });

/** Anything: it can be called, constructed, extended, and has every property. */
function anything() {
  const target = function () {};
  return new Proxy(target, {
    get(known, name) {
      if (name === Symbol.toPrimitive) return () => 0;
      if (name in known) return known[name];
      return typeof name === "symbol" || name === "then" ? undefined : (known[name] = anything());
    },
    apply: anything,
    construct: anything,
  });
}

/** An object that has what is given, events that never come, and anything else. */
function having(given) {
  return new Proxy(given, {
    get: (known, name) => (name in known ? known[name] : String(name).startsWith("on") ? nothing : anything()),
  });
}

/**
 * Puts the stand-in where `require("vscode")` finds it.
 * @param {{ folder: string, settings: Record<string, unknown> }} given
 */
function install(given) {
  const seen = { shown: [], logged: [], commands: {} };
  const log = (...words) => seen.logged.push(words.join(" "));
  const uri = (file) => ({ scheme: "file", fsPath: file, toString: () => `file://${file}` });
  const vscode = anything();
  Object.assign(vscode, {
    version: "1.140.0",
    env: { appName: "tests", language: "en" },
    Uri: { file: uri, parse: uri },
    Disposable: class { dispose() {} },
    EventEmitter: class { event = nothing; fire() {} dispose() {} },
    CancellationTokenSource: class { token = { onCancellationRequested: nothing }; cancel() {} dispose() {} },
    commands: { registerCommand: (name, run) => ((seen.commands[name] = run), nothing()), executeCommand: async () => {} },
    languages: new Proxy({}, { get: () => () => ({ ...nothing(), clear() {}, delete() {}, set() {} }) }),
    workspace: having({
      isTrusted: true, textDocuments: [], notebookDocuments: [],
      workspaceFolders: [{ uri: uri(given.folder), name: "tests", index: 0 }],
      getConfiguration: () => ({ get: (name, otherwise) => given.settings[name] ?? otherwise }),
    }),
    window: having({
      visibleTextEditors: [], activeTextEditor: undefined,
      tabGroups: { all: [], onDidChangeTabs: nothing, onDidChangeTabGroups: nothing },
      showErrorMessage: async (message) => { seen.shown.push(message); },
      createOutputChannel: () => ({
        info: log, error: log, warn: log, debug() {}, trace() {}, append: log, appendLine: log, show() {}, dispose() {},
        onDidChangeLogLevel: nothing,
      }),
    }),
  });
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
  return { seen, workspace: vscode.workspace };
}

module.exports = { install };
