// Starts `ped lsp` for the programs of a workspace. What an editor shows of them, the server says.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { commandLine, failure } = require("./server.js");

/** A client that does not show a failed start by itself: `explain` does, and offers what to do. */
class Client extends LanguageClient {
  starting = true;

  error(message, data, show) {
    super.error(message, data, this.starting ? false : show);
  }
}

/** @type {Client | undefined} */
let client;
/** @type {vscode.LogOutputChannel} */
let output;
/** Starts and stops follow each other: a restart waits for the one before. */
let turn = Promise.resolve();

function activate(context) {
  output = vscode.window.createOutputChannel("Pedalang", { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("pedalang.restart", restart),
    vscode.commands.registerCommand("pedalang.showOutput", () => output.show()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (["pedalang.path", "pedalang.arguments"].some((name) => change.affectsConfiguration(name))) restart();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  return restart();
}

function deactivate() {
  return stop();
}

function restart() {
  turn = turn.then(stop).then(start);
  return turn;
}

async function start() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!vscode.workspace.isTrusted || (folder && folder.scheme !== "file")) return;
  const settings = vscode.workspace.getConfiguration("pedalang");
  const line = commandLine({ path: settings.get("path", "ped"), arguments: settings.get("arguments", ["lsp"]) },
    folder?.fsPath);
  client = new Client("pedalang", "Pedalang", line, {
    documentSelector: [{ scheme: "file", language: "pedalang" }, { scheme: "untitled", language: "pedalang" }],
    outputChannel: output,
  });
  try {
    await client.start();
    client.starting = false;
  } catch (error) {
    client = undefined;
    void explain(failure(error, line));
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.dispose().catch((error) => output.warn(String(error)));
}

async function explain(message) {
  output.error(message);
  const chosen = await vscode.window.showErrorMessage(message, "Open settings", "Show output");
  if (chosen === "Open settings") await vscode.commands.executeCommand("workbench.action.openSettings", "pedalang.path");
  if (chosen === "Show output") output.show();
}

module.exports = { activate, deactivate };
