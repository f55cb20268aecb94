// Runs workspaces through the JavaScript that npm Blockly generates: what blockcast is
// compared with. Reads one JSON request a line and answers with one line each.
//
//   {"describe": true}              -> every core block: fields with options, inputs, outputs
//   {"workspace", "oneBasedIndex"}  -> {"prints", "error"?, "limit"?}
//   the same and "apart": true      -> one of those for each top stack
import './follow_fdlibm.mjs';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import vm from 'node:vm';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const Blockly = require('blockly');
const { javascriptGenerator } = require('blockly/javascript');
const colour = require('@blockly/field-colour');
colour.installAllBlocks({ javascript: javascriptGenerator });
console.warn = () => {};

// The colour field measures itself when it is made; what a program does needs no page.
const { JSDOM } = createRequire(require.resolve('blockly'))('jsdom');
const page = new JSDOM().window;
globalThis.document = page.document;
globalThis.HTMLElement = page.HTMLElement;

const LOOP_TURNS = 3000;
const APART_TURNS = 30;
const MILLISECONDS = 2000;

/** What prompts get, by their text, the same as in `../blockly.rs`; others are cancelled. */
const ANSWERS = new Map(
  Object.entries(JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8'))),
);

/** Deterministic draws, the same in `../blockly.rs`. */
function draws() {
  let state = 1;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

const workspace = (oneBasedIndex) =>
  new Blockly.Workspace(new Blockly.Options({ oneBasedIndex }));

function describe() {
  const space = workspace(true);
  const described = [];
  for (const type of Object.keys(Blockly.Blocks).sort()) {
    if (!javascriptGenerator.forBlock[type]) continue;
    let block;
    try {
      block = space.newBlock(type);
    } catch {
      continue; // Needs a mutator dialog or a procedure of its own.
    }
    const fields = [];
    for (const input of block.inputList) {
      for (const field of input.fieldRow) {
        if (!field.name || !field.SERIALIZABLE) continue;
        const options = field.getOptions ? field.getOptions(false).map((o) => o[1]) : null;
        const kind = field.constructor.name;
        fields.push({
          name: field.name,
          kind: field instanceof Blockly.FieldVariable ? 'variable'
            : field instanceof Blockly.FieldNumber ? 'number'
            : options ? 'options'
            : field instanceof Blockly.FieldTextInput ? 'text'
            : kind,
          options: field instanceof Blockly.FieldVariable ? null : options,
        });
      }
    }
    described.push({
      type,
      fields,
      inputs: block.inputList
        .filter((input) => input.connection)
        .map((input) => ({
          name: input.name,
          statement: input.connection.type === Blockly.NEXT_STATEMENT,
          check: input.connection.getCheck(),
        })),
      output: block.outputConnection ? { check: block.outputConnection.getCheck() } : null,
      statement: Boolean(block.previousConnection),
    });
    block.dispose();
  }
  space.dispose();
  return described;
}

/** Blockly's comparator says 1 or -1 and never 0, so equal texts change places as the engine
 *  likes. blockcast sorts them stably; here the comparator is mended the same way. */
function withStableSort(code) {
  return code.replace(
    /return (String\(a\)\S*) > (String\(b\)\S*) \? 1 : -1;/g,
    'return $1 > $2 ? 1 : $1 < $2 ? -1 : 0;',
  );
}

function run({ workspace: state, oneBasedIndex }) {
  const space = workspace(oneBasedIndex);
  const prints = [];
  let code;
  try {
    Blockly.serialization.workspaces.load(state, space);
    javascriptGenerator.INFINITE_LOOP_TRAP = 'if (--turns_ < 0) throw "limit";\n';
    code = withStableSort(javascriptGenerator.workspaceToCode(space));
  } catch (error) {
    return { broken: String(error), prints };
  } finally {
    space.dispose();
  }
  const context = surroundings(prints, draws());
  return { ...outcome(`let turns_ = ${LOOP_TURNS};\n{\n${code}\n}`, context, prints), code };
}

/** What a program finds: the dialogs, and what it draws. */
function surroundings(prints, random) {
  const window = {
    alert: (value) => prints.push(String(value).toWellFormed()),
    prompt: (asked) => {
      const answer = ANSWERS.get(String(asked).toWellFormed()) ?? null;
      return answer === null ? null : String(answer);
    },
  };
  const context = vm.createContext({ window, random });
  vm.runInContext('Math.random = random', context);
  return context;
}

function outcome(code, context, prints) {
  try {
    vm.runInContext(code, context, { timeout: MILLISECONDS });
    return { prints };
  } catch (error) {
    const text = String(error);
    const limit = error === 'limit' || /timed out|call stack|Invalid (array|string) length/.test(text);
    return { prints, error: text, limit };
  }
}

/** Each top stack by itself, one after the other in one page; every draw is 0. */
function runApart({ workspace: state, oneBasedIndex }) {
  const space = workspace(oneBasedIndex);
  // Nobody listens, and to tell of thousands of blocks takes most of the time.
  Blockly.Events.disable();
  Blockly.serialization.workspaces.load(state, space);
  Blockly.Events.enable();
  javascriptGenerator.INFINITE_LOOP_TRAP = 'if (--turns_ < 0) throw "limit";\n';
  javascriptGenerator.init(space);
  const stacks = space.getTopBlocks(true).map((top) => javascriptGenerator.blockToCode(top));
  const declared = withStableSort(javascriptGenerator.finish(''));
  space.dispose();
  const prints = [];
  const context = surroundings(prints, () => 0);
  vm.runInContext(`var turns_;\n${declared}`, context);
  return stacks.map((code) => {
    prints.length = 0;
    const piece = `turns_ = ${APART_TURNS};\n{\n${withStableSort(code)}\n}`;
    const told = outcome(piece, context, prints);
    return { ...told, prints: [...prints], code };
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.describe ? describe() : request.apart ? runApart(request) : run(request);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
