// How the language server is started: settings in, command out. Knows nothing of VS Code, so that it can be tested.

const os = require("node:os");
const path = require("node:path");

/**
 * The command line of the server.
 * @param {{ path: string, arguments: string[] }} settings as the person wrote them
 * @param {string | undefined} folder of the workspace, if there is one
 * @returns {{ command: string, args: string[], options: { cwd?: string } }}
 */
function commandLine(settings, folder) {
  const command = withPlaces(settings.path.trim() || "ped", folder);
  const local = command.includes("/") || command.includes("\\");
  return {
    command: local && folder && !path.isAbsolute(command) ? path.join(folder, command) : command,
    args: settings.arguments.map((argument) => withPlaces(argument, folder)),
    options: folder ? { cwd: folder } : {},
  };
}

/** A text with `~` and `${workspaceFolder}` read. */
function withPlaces(text, folder) {
  const home = text === "~" || text.startsWith("~/") ? os.homedir() + text.slice(1) : text;
  return folder ? home.replaceAll("${workspaceFolder}", folder) : home;
}

/** What a person is told if the server could not be started. */
function failure(error, line) {
  const written = [line.command, ...line.args].join(" ");
  const reason = error instanceof Error ? error.message : String(error);
  return `The Pedalang language server did not start (${written}): ${reason}`;
}

module.exports = { commandLine, failure };
