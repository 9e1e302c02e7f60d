// Starts `dun lsp` and speaks with it; all else is the server's. Without the program the colours still work, and one
// message says what to install.
const { commands, window, workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

async function start() {
  const command = workspace.getConfiguration('dun').get('path') || 'dun';
  client = new LanguageClient('dun', 'Dun', { command, args: ['lsp'] }, {
    documentSelector: [{ language: 'dun' }],
    synchronize: { fileEvents: workspace.createFileSystemWatcher('**/*.{dun,txt,html,cal,idx,csv}') },
  });
  try {
    await client.start();
  } catch (e) {
    client = undefined;
    window.showErrorMessage(`Dun: cannot start "${command} lsp" (${e.message}). Install dun, or say in the setting dun.path where it is.`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async context => {
  context.subscriptions.push(
    commands.registerCommand('dun.restart', restart),
    workspace.onDidChangeConfiguration(e => e.affectsConfiguration('dun.path') && restart()));
  await start();
};

exports.deactivate = stop;
