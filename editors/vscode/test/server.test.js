const assert = require("node:assert/strict");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");
const { commandLine, failure } = require("../server.js");

const folder = path.join(path.sep, "work place");

test("a bare command is looked up on the path", () => {
  assert.deepEqual(commandLine({ path: "ped", arguments: ["lsp"] }, folder),
    { command: "ped", args: ["lsp"], options: { cwd: folder } });
});

test("no folder is open", () => {
  assert.deepEqual(commandLine({ path: "ped", arguments: ["lsp"] }, undefined),
    { command: "ped", args: ["lsp"], options: {} });
});

test("places are read", () => {
  assert.equal(commandLine({ path: "${workspaceFolder}/.venv/bin/ped", arguments: [] }, folder).command,
    `${folder}/.venv/bin/ped`);
  assert.equal(commandLine({ path: "~/bin/ped", arguments: [] }, folder).command, `${os.homedir()}/bin/ped`);
});

test("a relative path begins at the workspace", () => {
  assert.equal(commandLine({ path: ".venv/bin/ped", arguments: [] }, folder).command,
    path.join(folder, ".venv/bin/ped"));
});

test("an empty setting is the default", () => {
  assert.equal(commandLine({ path: "  ", arguments: ["lsp"] }, folder).command, "ped");
});

test("a failure names the command and the reason", () => {
  const said = failure(new Error("not found"), { command: "ped", args: ["lsp"], options: {} });
  assert.match(said, /ped lsp/);
  assert.match(said, /not found/);
});
