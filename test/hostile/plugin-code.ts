/** What may come of a piece of hostile code. `stopped` and `killed` are both containment; so is an error of its own. */
export type Ending = 'value' | 'nothing' | 'failed' | 'stopped' | 'too-large' | 'killed' | 'refused';

export interface HostileCode {
  readonly name: string;
  readonly code: string;
  /** Endings that count as contained; any unless told. */
  readonly endings?: readonly Ending[];
  /** What a value may be: true for harmless. */
  readonly harmless?: (value: unknown) => boolean;
}

const STOPPED: readonly Ending[] = ['stopped', 'killed'];
const SPENT: readonly Ending[] = ['stopped', 'killed', 'failed'];
const FAILED: readonly Ending[] = ['failed'];

const kind =
  (prefix: string, endings?: readonly Ending[], harmless?: (value: unknown) => boolean) =>
  (name: string, code: string, own: Partial<HostileCode> = {}): HostileCode => ({
    name: `${prefix} ${name}`,
    code,
    ...(endings ? { endings } : {}),
    ...(harmless ? { harmless } : {}),
    ...own,
  });

/** Nothing of the host may be in an answer. */
const nothingOfTheHost = (value: unknown): boolean =>
  !/\bprocess\b|\/usr\/|node:|root:x|"object"|\bv2\d\.\d/.test(JSON.stringify(value ?? null));

const loop = kind('time:', STOPPED);
const memory = kind('memory:', SPENT);
const breakout = kind('escape:', undefined, nothingOfTheHost);
const data = kind('data:');
const run = (body: string): string => `function run(input, ctx) { ${body} }`;
const later = (body: string): string => `async function run(input, ctx) { ${body} }`;

const loops: readonly HostileCode[] = [
  loop('endless loop', run('for (;;);')),
  loop('at top level, before anything is called', 'for (;;); function run() {}'),
  loop('that swallows its own end', run('for (;;) { try { for (;;); } catch {} finally { continue; } }')),
  loop('of microtasks', later('await 0; for (;;) await 0;')),
  loop('after an await', later('await 0; while (true) {}')),
  loop('in a then', run('return Promise.resolve().then(() => { for (;;); });')),
  loop('in a thenable', run('return { then() { for (;;); } };')),
  loop('in a getter of then', run('return { get then() { for (;;); } };')),
  loop('in toJSON', run('return { toJSON() { for (;;); } };')),
  loop('in a getter of the result', run('return { get a() { for (;;); } };')),
  loop('in a comparator', run('return [3, 2, 1].sort(() => { for (;;); });')),
  loop('in a reviver', run("return JSON.parse('[1]', () => { for (;;); });")),
  loop('in a proxy trap of the result', run('return new Proxy({}, { ownKeys() { for (;;); } });')),
  loop('in toString of a logged thing', run('ctx.log({ toJSON() { for (;;); } }); return 1;')),
  loop('in Symbol.toPrimitive of an error message', run('throw { get message() { for (;;); } };')),
  loop(
    'in the stack of an error',
    run("const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e;"),
  ),
  loop('in a class field', 'class A { x = (() => { for (;;); })(); } function run() { return new A(); }'),
  loop('in a static block', 'class A { static { for (;;); } } function run() {}'),
  loop('in a generator', run('function* g() { for (;;) yield 1; } for (const x of g()); return 1;')),
  loop(
    'in an async generator',
    later('async function* g() { for (;;) yield 1; } for await (const x of g()); return 1;'),
  ),
  loop('of a regular expression that backtracks', run("return /^(a+)+$/.test('a'.repeat(40) + '!');")),
  loop('of another one, in replace', run("return ('x'.repeat(30) + 'y').replace(/(x+x+)+z/g, '');")),
  loop(
    'of mutual promises',
    run('const f = () => Promise.resolve().then(f); for (let i = 0; i < 1000; i++) f(); return new Promise(() => {});'),
  ),
  loop('that never resolves', run('return new Promise(() => {});')),
  loop('that awaits a thenable that never answers', later('await { then() {} }; return 1;')),
  loop(
    'over a proxied array without end',
    run(
      'return [...new Proxy([], { get: (t, k) => k === Symbol.iterator ? function* () { for (;;) yield 1; } : 1 })].length;',
    ),
    { endings: SPENT },
  ),
  loop('in a setter called by assign', run('Object.assign({ set a(v) { for (;;); } }, { a: 1 });')),
  loop('in a tagged template', run('const t = () => { for (;;); }; return t`x`;')),
  loop('in Array.from with a mapper', run('return Array.from({ length: 1e9 }, (_, i) => i % 7).length;'), {
    endings: SPENT,
  }),
  loop('of BigInt powers', run('let x = 3n; for (;;) x = x ** 2n;'), { endings: SPENT }),
  loop('of a huge BigInt turned to text', run('return (7n ** 4000000n).toString().length;'), {
    endings: [...SPENT, 'value'],
  }),
  loop(
    'of comparing long strings',
    run("const s = 'a'.repeat(2e7); let n = 0; for (let i = 0; i < 1e9; i++) n += s.indexOf('b' + i); return n;"),
    { endings: SPENT },
  ),
  loop('in a with-less Function', run("return new Function('for (;;);')();"), { endings: SPENT }),
  loop('in eval', run("return (0, eval)('for (;;);');"), { endings: SPENT }),
  loop('of Date parsing', run("for (;;) Date.parse('2026-01-01'.repeat(3));")),
  loop('of Intl', run("for (;;) new Intl.NumberFormat('sv').format(1e9);"), { endings: SPENT }),
  loop(
    'in an unhandled rejection',
    run('Promise.reject({ get message() { for (;;); } }); return new Promise(() => {});'),
  ),
  loop('in finally of an async function', later('try { throw 1; } finally { for (;;); }')),
  loop('in Atomics.wait', run('return Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 1e9);'), {
    endings: SPENT,
  }),
  loop(
    'in a finalizer',
    run(
      'const r = new FinalizationRegistry(() => { for (;;); }); for (let i = 0; i < 1e5; i++) r.register({}, i); return 1;',
    ),
    { endings: [...SPENT, 'value'] },
  ),
];

const hogs: readonly HostileCode[] = [
  memory('arrays of objects', run('const a = []; for (;;) a.push(new Array(1e6).fill({ a: 1 }));')),
  memory('strings that double', run("let s = 'x'.repeat(1000); for (;;) s = s + s + Math.random();")),
  memory('strings split', run("const a = []; for (let i = 0; ; i++) a.push(('x' + i).repeat(2 ** 24).split(''));")),
  memory('one array buffer of 8 GB', run('return new ArrayBuffer(2 ** 33).byteLength;')),
  memory('many array buffers', run('const a = []; for (;;) a.push(new Uint8Array(64 * 1024 * 1024).fill(1));')),
  memory(
    'a buffer that is resized',
    run(
      'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 32 }); b.resize(2 ** 31); const v = new Uint8Array(b); for (let i = 0; i < v.length; i += 4096) v[i] = 1; return v.length;',
    ),
  ),
  memory(
    'WebAssembly memory',
    run(
      'const m = new WebAssembly.Memory({ initial: 1, maximum: 65536 }); m.grow(65535); const v = new Uint8Array(m.buffer); for (let i = 0; i < v.length; i += 4096) v[i] = 1; return v.length;',
    ),
  ),
  memory(
    'shared buffers',
    run('const a = []; for (;;) a.push(new Uint8Array(new SharedArrayBuffer(64 * 1024 * 1024)).fill(1));'),
  ),
  memory('symbols as keys', run("const o = {}; for (let i = 0; ; i++) o[Symbol('s' + i)] = 'x'.repeat(1000) + i;")),
  memory('the symbol registry', run("for (let i = 0; ; i++) Symbol.for('k'.repeat(200) + i);")),
  memory('a map', run('const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });')),
  memory(
    'a weak map of living keys',
    run(
      'const m = new WeakMap(), k = []; for (let i = 0; ; i++) { const o = {}; k.push(o); m.set(o, new Array(100)); }',
    ),
  ),
  memory('closures', run('const a = []; for (;;) { const big = new Array(10000).fill(1); a.push(() => big); }')),
  memory(
    'functions compiled anew',
    run("const a = []; for (let i = 0; ; i++) a.push(new Function('return ' + i + '/*' + 'x'.repeat(10000) + '*/'));"),
  ),
  memory(
    'regular expressions',
    run(
      "const a = []; for (let i = 0; ; i++) { const r = new RegExp('(?:a{1,1000}){1,1000}' + i); r.test('a'); a.push(r); }",
    ),
  ),
  memory(
    'what swallows its own refusal',
    run('const a = []; for (;;) { try { a.push(new Array(1e6).fill({})); } catch {} }'),
  ),
  memory('an array by its length', run('return Array.from({ length: 2 ** 31 }).length;')),
  memory(
    'Intl segments',
    run(
      "const a = []; for (;;) a.push([...new Intl.Segmenter('en', { granularity: 'word' }).segment('lorem ipsum '.repeat(5000))]);",
    ),
  ),
  memory('promises', run('const a = []; for (;;) a.push(Promise.resolve(new Array(1000)));')),
  memory(
    'generators',
    run('const a = []; function* g() { yield new Array(1000); } for (;;) { const i = g(); i.next(); a.push(i); }'),
  ),
  memory('BigInts', run('const a = []; let x = 2n ** 100000n; for (;;) a.push((x += 1n));')),
  memory('typed arrays of views', run('const a = []; for (;;) a.push(new Float64Array(1e6));')),
  memory('a result of 30 MB', run("return 'x'.repeat(30 * 1024 * 1024);"), { endings: ['too-large', ...SPENT] }),
  memory('an error message of 30 MB', run("throw new Error('e'.repeat(30 * 1024 * 1024));"), {
    endings: FAILED.concat(STOPPED),
  }),
  memory(
    'a result a hundred thousand levels deep',
    run('let o = []; for (let i = 0; i < 1e5; i++) o = [o]; return o;'),
    { endings: ['refused', ...SPENT] },
  ),
  memory('a result of a hundred levels', run('let o = []; for (let i = 0; i < 100; i++) o = [o]; return o;'), {
    endings: ['refused'],
  }),
  memory('a result of 300,000 keys', run("const o = {}; for (let i = 0; i < 300000; i++) o['k' + i] = i; return o;"), {
    endings: ['too-large', 'refused', ...SPENT],
  }),
  memory('a result of 100,000 values', run('return new Array(100000).fill(0);'), { endings: ['refused'] }),
  memory('toJSON that grows', run('return { toJSON() { const a = []; for (;;) a.push(new Array(1e5).fill(1)); } };')),
  memory('recursion without end', run('function f(n) { return f(n + 1) + 1; } return f(0);'), { endings: FAILED }),
  memory('recursion through toJSON', run('const o = { toJSON: () => ({ o }) }; return o;'), { endings: SPENT }),
  memory('recursion through a proxy', run('const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.x;'), {
    endings: FAILED,
  }),
  memory(
    'recursion through a regular expression',
    run("return new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('');"),
    { endings: SPENT },
  ),
  memory('a log of a million lines', run("for (let i = 0; i < 1e6; i++) ctx.log('line ' + i); return 1;"), {
    endings: ['value', ...SPENT],
  }),
  memory('a log of huge lines', run("for (let i = 0; i < 1000; i++) ctx.log('z'.repeat(1e6)); return 1;"), {
    endings: ['value', ...SPENT],
  }),
  memory(
    'padStart',
    run("const a = []; for (let i = 0; ; i++) a.push(String(i).padStart(2 ** 24, i + 'x').split(''));"),
  ),
  memory(
    'JSON of a wide graph',
    run(
      "let o = { a: 'x'.repeat(100) }; for (let i = 0; i < 40; i++) o = { l: o, r: o }; return JSON.stringify(o).length;",
    ),
  ),
];

const escapes: readonly HostileCode[] = [
  breakout('the constructor of this', run("return this.constructor.constructor('return typeof process')();"), {
    harmless: (v) => v === 'undefined',
  }),
  breakout(
    'the constructor of the input',
    run("return input.constructor.constructor('return typeof process + typeof require')();"),
    { harmless: (v) => v === 'undefinedundefined' },
  ),
  breakout(
    'the constructor of ctx.log',
    run("return ctx.log.constructor('return typeof process + typeof globalThis.require')();"),
    { harmless: (v) => v === 'undefinedundefined' },
  ),
  breakout(
    'the constructor of an async function',
    run("return (async () => {}).constructor('return typeof process')();"),
    { harmless: (v) => v === 'undefined' },
  ),
  breakout(
    'the constructor of a generator',
    run("return (function* () {}).constructor('return typeof process')().next().value;"),
    { harmless: (v) => v === 'undefined' || v === null },
  ),
  breakout(
    'the constructor of an error',
    run("try { null.x; } catch (e) { return e.constructor.constructor('return typeof process')(); }"),
    { harmless: (v) => v === 'undefined' },
  ),
  breakout(
    'the constructor of an error of the house',
    run("try { ctx.http(1n); } catch (e) { return e.constructor.constructor('return typeof process')(); }"),
    { harmless: (v) => v === 'undefined' },
  ),
  breakout(
    'the constructor of a rejection of the house',
    later(
      "try { await ctx.lookup('x', 'y'); } catch (e) { return e.constructor.constructor('return typeof process')(); }",
    ),
    { harmless: (v) => v === 'undefined' },
  ),
  breakout('a dynamic import', later("return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8');"), {
    endings: FAILED,
  }),
  breakout(
    'a static import',
    "import fs from 'node:fs'; export default { run() { return fs.readFileSync('/etc/passwd', 'utf8'); } };",
    { endings: FAILED },
  ),
  breakout('require', run("return require('node:child_process').execSync('id').toString();"), { endings: FAILED }),
  breakout('process.binding', run("return process.binding('spawn_sync');"), { endings: FAILED }),
  breakout('process.mainModule', run('return process.mainModule.require("fs");'), { endings: FAILED }),
  breakout('import.meta', 'export default { run() { return import.meta.url; } };', { endings: FAILED }),
  breakout(
    'prepareStackTrace',
    run(
      'Error.prepareStackTrace = (e, s) => s; const s = new Error().stack; return s && s[0] && s[0].getThis && typeof s[0].getThis();',
    ),
    { harmless: (v) => v === 'undefined' || v === null || v === 'string' || v === 'function' || v === undefined },
  ),
  breakout(
    'the function of a call site',
    run(
      "Error.prepareStackTrace = (e, s) => s.map((c) => { try { return c.getFunction().constructor('return typeof process')(); } catch (x) { return 'none'; } }); return new Error().stack;",
    ),
    { harmless: (v) => JSON.stringify(v ?? '').match(/object/) === null },
  ),
  breakout(
    'callee.caller',
    run(
      "try { return arguments.callee.caller.constructor('return typeof process')(); } catch (e) { return 'undefined'; }",
    ),
    { harmless: (v) => v === 'undefined' },
  ),
  breakout(
    'a scan of the globals',
    run(
      'return Object.getOwnPropertyNames(globalThis).filter((k) => /^(process|require|module|exports|Buffer|fetch|ivm|setTimeout|setImmediate|WebAssembly|SharedArrayBuffer|Atomics|\\$ask)$/.test(k));',
    ),
    { endings: ['value'], harmless: (v) => Array.isArray(v) && v.length === 0 },
  ),
  breakout(
    'a hunt for handles of the host',
    run(
      "const bad = []; const seen = new Set(); (function w(o, p, d) { if (o === null || (typeof o !== 'object' && typeof o !== 'function') || seen.has(o) || d > 5) return; seen.add(o); for (const m of ['applySync', 'derefInto', 'copyInto', 'createContext', 'send', 'kill']) { try { if (typeof o[m] === 'function') bad.push(p + '.' + m); } catch {} } for (const k of Reflect.ownKeys(o)) { try { w(o[k], p + '.' + String(k), d + 1); } catch {} } w(Object.getPrototypeOf(o), p + '.__proto__', d + 1); })({ g: globalThis, input, ctx, e: (() => { try { null.x; } catch (e) { return e; } })() }, '$', 0); return bad;",
    ),
    { harmless: (v) => v === undefined || (Array.isArray(v) && v.length === 0) },
  ),
  breakout(
    'a stack overflow inside the log',
    run(
      "let out; const f = () => { try { f(); } catch (e) { out = e; try { ctx.log('x'); } catch (e2) { out = e2; } } }; f(); return out && out.constructor.constructor('return typeof process')();",
    ),
    { harmless: (v) => v === undefined || v === null || v === 'undefined' },
  ),
  breakout(
    'a stack overflow inside a question',
    run(
      "let out; const f = () => { try { f(); } catch (e) { out = e; try { ctx.links({}); } catch (e2) { out = e2; } } }; f(); return out && out.constructor.constructor('return typeof process')();",
    ),
    { harmless: (v) => v === undefined || v === null || v === 'undefined' },
  ),
  breakout(
    'odd things logged',
    run(
      "try { ctx.log(Symbol('x'), { get a() { throw 1; } }, () => 1, 1n, undefined, null); } catch (e) { return 'thrown'; } return 'fine';",
    ),
    { harmless: (v) => v === 'fine' || v === 'thrown' },
  ),
  breakout('the entrance called again', run("return globalThis.$enter(() => 7, '{}', '{}');")),
  breakout(
    'the entrance replaced',
    'globalThis.$enter = () => ({ valueOf() { return 1; } }); function run() { return 1; }',
  ),
  breakout(
    'the entrance answering foreign JSON',
    'globalThis.$enter = () => \'["value",{"a":1},[]]\'; function run() { return 1; }',
  ),
  breakout(
    'the entrance answering a promise',
    'globalThis.$enter = () => null; globalThis.$later = Promise.resolve({ a: 1 }); function run() { return 1; }',
  ),
  breakout(
    'the choice replaced',
    "globalThis.$choose = () => { throw { stack: { toString() { return 'x'; } } }; }; function run() { return 1; }",
  ),
  breakout(
    'an answer forged',
    later("const p = ctx.lookup('t', 'k'); globalThis.$answer(1, true, '\"forged\"'); return await p;"),
    { harmless: (v) => v === 'forged' || v === undefined },
  ),
  breakout('out of the wrapper', '} ); globalThis.pwn = 1; (function () { function run() { return typeof pwn; }'),
  breakout('out of a template', 'function run() { return 1; } //`; throw new Error("x"); `'),
  breakout('a script end in a string', run("return '</script><script>alert(1)</script>';")),
  breakout(
    'JSON.parse replaced',
    'JSON.parse = () => ({ polluted: 1 }); JSON.stringify = () => \'["value","{}",[]]\'; function run() { return {}; }',
  ),
  breakout(
    'Promise replaced',
    'globalThis.Promise = class { then() { for (;;); } }; async function run() { return 1; }',
  ),
  breakout(
    'Promise.prototype.then replaced',
    'Promise.prototype.then = function () { return { then: 1 }; }; async function run() { return 1; }',
  ),
  breakout(
    'Array.prototype.push replaced',
    "Array.prototype.push = function () { throw this; }; function run(i, ctx) { ctx.log('x'); return [1]; }",
  ),
  breakout(
    'Function.prototype.call replaced',
    'Function.prototype.call = Function.prototype.apply = () => { throw 1; }; function run() { return 1; }',
  ),
  breakout(
    'Symbol.species',
    run(
      "class X extends Array { static get [Symbol.species]() { return function () { return globalThis; }; } } try { return String(new X(1, 2, 3).map((x) => x)); } catch (e) { return 'failed'; }",
    ),
    { harmless: (v) => typeof v === 'string' },
  ),
  breakout('Symbol.hasInstance', run('return {} instanceof { [Symbol.hasInstance]: () => { throw globalThis; } };'), {
    endings: ['failed', 'value'],
  }),
  breakout(
    'Symbol.unscopables',
    run('Array.prototype[Symbol.unscopables] = new Proxy({}, { get() { for (;;); } }); return 1;'),
  ),
  breakout(
    'a proxy as result',
    run(
      "return new Proxy({}, { get: (t, k) => (k === 'toJSON' || k === 'then' ? undefined : 'x'), ownKeys: () => ['__proto__', 'constructor', 'a'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: { polluted: 1 } }) });",
    ),
  ),
  breakout(
    'a proxy thrown',
    run('throw new Proxy({}, { get() { throw new Error("again"); }, getPrototypeOf() { throw 1; } });'),
  ),
  breakout('a revoked proxy thrown', run('const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;')),
  breakout('a nested thenable', run("return { then(res) { res({ then(r2) { r2('nested'); } }); } };"), {
    harmless: (v) => v === 'nested' || v === undefined,
  }),
  breakout(
    'an object that changes while it is copied',
    run(
      "const o = {}; Object.defineProperty(o, 'a', { enumerable: true, get() { o.b = new ArrayBuffer(8); delete o.a; return new Uint8Array(o.b); } }); try { ctx.log(o, [o, o]); } catch {} return o;",
    ),
  ),
  breakout(
    'a question with a getter',
    later(
      "try { return await ctx.http({ get url() { return 'https://127.0.0.1/'; }, toString() { throw 1; } }); } catch (e) { return e.message; }",
    ),
  ),
  breakout(
    'the inner network by ctx.http',
    later(
      "try { return await ctx.http({ url: 'https://169.254.169.254/latest/meta-data/' }); } catch (e) { return 'refused'; }",
    ),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'a host that was not declared',
    later("try { return await ctx.http({ url: 'https://evil.example/' }); } catch (e) { return 'refused'; }"),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'a file by ctx.http',
    later("try { return await ctx.http({ url: 'file:///etc/passwd' }); } catch (e) { return 'refused'; }"),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'questions without end',
    later("for (let i = 0; i < 1e6; i++) { try { await ctx.state.get('k' + i); } catch { return 'refused'; } }"),
    { endings: ['value', ...SPENT] },
  ),
  breakout(
    'ten thousand questions at once',
    later(
      "try { await Promise.all(Array.from({ length: 10000 }, (_, i) => ctx.lookup('t', i))); return 'all'; } catch { return 'refused'; }",
    ),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'a question of 10 MB',
    later("try { await ctx.state.set('k', 'x'.repeat(1e7)); return 'kept'; } catch { return 'refused'; }"),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'a name that is not a question',
    later("try { return await ctx.exec({ a: 1 }); } catch { return 'refused'; }"),
    { harmless: (v) => v === 'refused' },
  ),
  breakout(
    'a getter on the prototype of the input',
    run("Object.defineProperty(Object.prototype, 'then', { get() { throw new Error('caught you'); } }); return {};"),
  ),
  breakout('WebAssembly', run('return new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));'), {
    endings: FAILED,
  }),
  breakout(
    'ShadowRealm',
    run("return typeof ShadowRealm === 'undefined' ? 'none' : new ShadowRealm().evaluate('typeof process');"),
    { harmless: (v) => v === 'none' || v === 'undefined' },
  ),
  breakout(
    'the secrets of the environment',
    run('return JSON.stringify([globalThis.process, globalThis.Deno, globalThis.Bun, typeof env]);'),
  ),
  breakout(
    'eval of the outer scope',
    run("return [eval('typeof process'), (0, eval)('typeof module'), new Function('return typeof cells')()];"),
    { harmless: (v) => JSON.stringify(v ?? []).includes('object') === false },
  ),
  breakout('a debugger statement', run('debugger; return 1;')),
  breakout('a weak reference to the host', run('return new WeakRef(ctx).deref() === ctx;')),
  breakout('a timer', run('return typeof setTimeout + typeof setInterval + typeof queueMicrotask;'), {
    harmless: (v) => typeof v === 'string' && !v.includes('function'),
  }),
];

const values: readonly HostileCode[] = [
  data(
    'prototype pollution through the input',
    run(
      "input.__proto__.polluted = 'yes'; Object.prototype.polluted = 'yes'; input.constructor.prototype.polluted = 'yes'; return { ok: 1 };",
    ),
  ),
  data(
    'prototype pollution through the result',
    run('return JSON.parse(\'{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}\');'),
    { endings: ['refused', 'value'] },
  ),
  data('prototype pollution by a computed key', run("return { ['__proto__']: { polluted: 'yes' } };"), {
    endings: ['refused'],
  }),
  data(
    'an Array.prototype.toJSON',
    run('Array.prototype.toJSON = function () { return { polluted: 1 }; }; return [1];'),
  ),
  data('numbers that are none', run('return { a: NaN, b: Infinity, c: undefined, d: -0, e: new Date(NaN) };')),
  data('a number too large', 'export default { run() { return { toJSON() { return 1; } }; } }'),
  data('a BigInt', run('return { a: 10n };'), { endings: FAILED }),
  data('a circle', run('const o = {}; o.o = o; return o;'), { endings: FAILED }),
  data('lone surrogates and zero bytes', run("return { a: '\\ud800', b: '\\u0000', ['\\u0000k']: 1 };")),
  data('nothing', run(''), { endings: ['nothing'] }),
  data('a function', run('return () => 1;'), { endings: ['nothing'] }),
  data('a symbol', run("return Symbol('x');"), { endings: ['nothing'] }),
  data('no run', 'var x = 1;', { endings: FAILED }),
  data('an unfinished text', 'function run( { ', { endings: FAILED }),
  data('a text of nothing but brackets', '['.repeat(5000), { endings: FAILED }),
  data('a text nested a hundred thousand deep', `function run() { return ${'('.repeat(1e5)}1${')'.repeat(1e5)}; }`, {
    endings: ['failed', 'killed'],
  }),
  data(
    'types nested fifty thousand deep',
    `type A = ${'Array<'.repeat(5e4)}1${'>'.repeat(5e4)}; function run(): A { return 1 as never; }`,
    { endings: ['failed', 'killed'] },
  ),
  data('an enum, which no type stripping removes', 'enum A { B } function run() { return A.B; }', { endings: FAILED }),
  data('two default exports', 'export default { run() {} }; export default { run() {} };', { endings: FAILED }),
  data('a named export', 'export const run = () => 1;', { endings: FAILED }),
  data('a date turned back', run("Date.now = () => 0; Date = class {}; Math.random = () => 0; return 'x';"), {
    endings: ['value'],
  }),
  data('rejections nobody handles', later("for (let i = 0; i < 20000; i++) Promise.reject(i); return 'ok';"), {
    endings: ['value', ...SPENT],
  }),
  data('an error later', later("Promise.reject(new Error('unhandled')); return 1;")),
  data(
    'control characters in the log',
    run("ctx.log('\\u001b[2J\\u001b]0;own\\u0007<img src=x onerror=alert(1)>'); return 1;"),
    { endings: ['value'] },
  ),
  data('a log of an object with a huge toJSON', run("ctx.log({ toJSON: () => 'x'.repeat(1e6) }); return 1;")),
  data('undefined thrown', run('throw undefined;'), { endings: FAILED }),
  data('null thrown', run('throw null;'), { endings: FAILED }),
  data('a number thrown', run('throw 1;'), { endings: FAILED }),
  data(
    'an error whose name is an object',
    run("throw Object.assign(new Error('x'), { name: { toString() { throw 2; } } });"),
    { endings: FAILED },
  ),
  data('ctx changed', run("'use strict'; try { ctx.log = 1; return 'changed'; } catch { return 'frozen'; }"), {
    harmless: (v) => v === 'frozen',
  }),
  data('state of an earlier call', 'globalThis.n = (globalThis.n ?? 0) + 1; function run() { return n; }', {
    harmless: (v) => v === 1,
  }),
];

/** Code that wants out, or wants everything: each is a class of its own. */
export const hostileCode: readonly HostileCode[] = [...loops, ...hogs, ...escapes, ...values];
