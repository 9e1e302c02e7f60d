// A whole session of `dun lsp` by the client library of the protocol's own makers (vscode-jsonrpc, vscode-languageserver-protocol): what
// an editor does, from initialize to shutdown. session.js DUN FOLDER; the folder has policy.dun, common.dun, templates and dun.db. The
// last line is `N passed, M failed`.
const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const rpc = require("vscode-languageserver-protocol/node");

const [dun, folder] = process.argv.slice(2);
let passed = 0;
let failed = 0;

function check(what, fine, got) {
  if (fine) passed++;
  else {
    failed++;
    console.log(`FAILED ${what}: ${JSON.stringify(got)}`);
  }
}

function place(text, words, more = 0) {
  const at = text.indexOf(words) + more;
  const before = text.slice(0, at).split("\n");
  return { line: before.length - 1, character: before[before.length - 1].length };
}

function edited(text, edits) {
  const lines = text.split("\n");
  const offset = (p) => lines.slice(0, p.line).reduce((n, l) => n + l.length + 1, 0) + p.character;
  for (const e of [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start)))
    text = text.slice(0, offset(e.range.start)) + e.newText + text.slice(offset(e.range.end));
  return text;
}

async function main() {
  const server = spawn(dun, ["lsp", "--today", "2026-03-03"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((done) => server.on("exit", done));
  const c = rpc.createProtocolConnection(new rpc.StreamMessageReader(server.stdout), new rpc.StreamMessageWriter(server.stdin));
  const published = new Map();
  const waiting = [];
  c.onNotification(rpc.PublishDiagnosticsNotification.type, (p) => {
    published.set(p.uri, p);
    for (let i = waiting.length; i-- > 0; ) if (waiting[i].test(p)) waiting.splice(i, 1)[0].done(p.diagnostics);
  });
  c.onRequest(rpc.RegistrationRequest.type, () => null);
  c.listen();
  const diagnostics = (uri, version) =>
    new Promise((done) => {
      const test = (p) => p.uri === uri && (version === undefined || p.version === version);
      if (published.has(uri) && test(published.get(uri))) done(published.get(uri).diagnostics);
      else waiting.push({ test, done });
    });

  const policy = path.join(folder, "policy.dun");
  const uri = pathToFileURL(policy).href;
  let text = fs.readFileSync(policy, "utf8");
  let version = 1;
  const doc = { uri };
  const change = async (from, to, by) => {
    version++;
    text = text.slice(0, from) + by + text.slice(to);
    return version;
  };

  const hello = await c.sendRequest(rpc.InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    workspaceFolders: null,
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, codeLens: { refreshSupport: true } },
    },
  });
  check("units as agreed", hello.capabilities.positionEncoding === "utf-16", hello.capabilities);
  await c.sendNotification(rpc.InitializedNotification.type, {});

  // errors, over two files, in the file's language, in units of UTF-16 behind an accent and an emoji
  await c.sendNotification(rpc.DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "dun", version, text },
  });
  let found = await diagnostics(uri, 1);
  check("a sound policy", found.length === 0, found);
  const from = place(text, '"atraso');
  const line = text.indexOf('"atraso');
  await change(line, line + '"atraso'.length, '"é😀 {numbro} atraso');
  await c.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [
      { range: { start: from, end: { line: from.line, character: from.character + 7 } }, text: '"é😀 {numbro} atraso' },
    ],
  });
  found = await diagnostics(uri, version);
  check("the misspelt field", found.length === 1 && found[0].code === "E0112", found);
  check("its place", JSON.stringify(found[0].range.start) === JSON.stringify(place(text, "numbro")), found[0].range);
  check("its language", /não há o campo|não existe|campo/.test(found[0].message), found[0].message);

  // code action: the mending, and the error is gone
  const actions = await c.sendRequest(rpc.CodeActionRequest.type, {
    textDocument: doc,
    range: found[0].range,
    context: { diagnostics: found },
  });
  check("a mending", actions.length >= 1 && actions[0].kind === "quickfix", actions);
  text = edited(text, actions[0].edit.changes[uri]);
  version++;
  await c.sendNotification(rpc.DidChangeTextDocumentNotification.type, {
    textDocument: { uri, version },
    contentChanges: [{ text }],
  });
  found = await diagnostics(uri, version);
  check("mended", found.length === 0, found);

  // completion: templates, fields, values, keywords in the file's language
  const labels = async (words, more) =>
    (
      await c.sendRequest(rpc.CompletionRequest.type, { textDocument: doc, position: place(text, words, more) })
    ).items.map((i) => i.label);
  check("templates", (await labels('"lembrete"', 1)).includes("lembrete"), await labels('"lembrete"', 1));
  const fields = await labels("valor >", 0);
  check("fields", fields.includes("valor") && fields.includes("cliente.segmento"), fields);
  check("definitions", fields.includes("grande") || fields.includes("especial"), fields);
  check("keywords", (await labels("enviar email modelo", 0)).includes("enviar"), await labels("enviar email modelo", 0));
  check("values", (await labels("aberta", 0)).includes("paga"), await labels("aberta", 0));

  // hover, definition, references, rename over both files
  const at = { textDocument: doc, position: place(text, "especial aos", 2) };
  const usage = { textDocument: doc, position: place(text, "onde especial", 7) };
  const hover = await c.sendRequest(rpc.HoverRequest.type, usage);
  check("hover shows the condition", hover.contents.value.includes("cliente.segmento"), hover);
  const made = await c.sendRequest(rpc.DefinitionRequest.type, usage);
  const common = pathToFileURL(path.join(folder, "common.dun")).href;
  check("definition", made.length === 1 && made[0].uri === common, made);
  const uses = await c.sendRequest(rpc.ReferencesRequest.type, { ...usage, context: { includeDeclaration: true } });
  check("references", uses.length === 2, uses);
  const ready = await c.sendRequest(rpc.PrepareRenameRequest.type, usage);
  check("may be renamed", ready.placeholder === "especial", ready);
  const renamed = await c.sendRequest(rpc.RenameRequest.type, { ...usage, newName: "importante" });
  check("renamed in both files", renamed.changes[uri].length === 1 && renamed.changes[common].length === 1, renamed);
  const refused = await c.sendRequest(rpc.RenameRequest.type, { ...usage, newName: "enviar" }).then(
    () => null,
    (e) => e,
  );
  check("a keyword is no name", refused instanceof rpc.ResponseError && refused.message.length > 0, String(refused));
  void at;

  // format, outline, folding, colours
  const formats = await c.sendRequest(rpc.DocumentFormattingRequest.type, {
    textDocument: doc,
    options: { tabSize: 2, insertSpaces: true },
  });
  const formatted = edited(text, formats);
  check("formatted", formatted !== text && formatted.includes("  aos 5d "), formatted);
  const outline = await c.sendRequest(rpc.DocumentSymbolRequest.type, { textDocument: doc });
  check("outline", outline.some((s) => s.children.length === 3), outline);
  const folds = await c.sendRequest(rpc.FoldingRangeRequest.type, { textDocument: doc });
  check("folding", folds.length >= 1, folds);
  const colours = await c.sendRequest(rpc.SemanticTokensRequest.type, { textDocument: doc });
  check("colours", colours.data.length > 0 && colours.data.length % 5 === 0, colours);

  // code lens: what today's plan does
  const lenses = await c.sendRequest(rpc.CodeLensRequest.type, { textDocument: doc });
  const titles = lenses.map((l) => l.command.title);
  check("lenses", titles.length === 3 && titles.includes("hoje 1 fatura") && titles.includes("hoje 2 faturas"), titles);

  // cancelling, unknown methods, closing
  const source = new rpc.CancellationTokenSource();
  const late = c.sendRequest(rpc.HoverRequest.type, usage, source.token);
  source.cancel();
  await late.then(
    () => passed++,
    () => passed++,
  );
  const unknown = await c.sendRequest("textDocument/nothing", {}).then(
    () => null,
    (e) => e,
  );
  check("an unknown method", unknown && unknown.code === rpc.ErrorCodes.MethodNotFound, String(unknown));
  await c.sendNotification(rpc.DidCloseTextDocumentNotification.type, { textDocument: doc });
  await c.sendRequest(rpc.ShutdownRequest.type);
  await c.sendNotification(rpc.ExitNotification.type);
  check("status", (await ended) === 0, "another status");
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

main().catch((e) => {
  console.log(`FAILED ${e && e.stack}`);
  console.log(`${passed} passed, ${failed + 1} failed`);
  process.exit(1);
});
