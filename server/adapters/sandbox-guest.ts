/**
 * Runs in every fresh context before the customer's code, and is text because it belongs to that context alone. It takes
 * hold of what it needs, closes what could be used against the process, and leaves one function behind: `$enter`.
 */
export const guestEntrance = `(function (global) {
  'use strict';
  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const text = String;
  const { slice } = String.prototype;
  const { push } = Array.prototype;
  const { freeze, create, assign } = Object;
  const Later = Promise;
  const { then } = Promise.prototype;
  const Fault = TypeError;
  const ask = global.$ask;
  delete global.$ask;
  delete global.WebAssembly;
  delete global.SharedArrayBuffer;
  delete global.Atomics;
  const LINES = 200, LETTERS = 65536, LINE = 2000;
  const logs = [];
  let letters = 0, cut = false;
  function shown(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'object' && value !== null) {
      const json = stringify(value);
      return json === undefined ? 'object' : json;
    }
    return text(value);
  }
  function log() {
    if (cut) return;
    let line = '';
    for (let at = 0; at < arguments.length; at++) line += (at > 0 ? ' ' : '') + apply(slice, shown(arguments[at]), [0, LINE]);
    line = apply(slice, line, [0, LINE]);
    letters += line.length;
    cut = logs.length >= LINES - 1 || letters > LETTERS;
    apply(push, logs, [cut ? '(more lines were left out)' : line]);
  }
  const waiting = create(null);
  let asked = 0;
  function question(name, about) {
    if (ask === undefined) throw new Fault('ctx.' + name + ' is not there for this code');
    const json = stringify(about);
    return new Later(function (resolve, reject) {
      const id = ++asked;
      waiting[id] = { resolve, reject };
      ask(id, name, json);
    });
  }
  global.$answer = function (id, ok, json) {
    const open = waiting[id];
    delete waiting[id];
    if (open === undefined) return;
    if (ok) open.resolve(parse(json));
    else open.reject(new Error(json));
  };
  function contextOf(facts) {
    const state = assign(create(null), {
      get(key) { return question('state.get', { key }); },
      set(key, value) { return question('state.set', { key, value }); },
      delete(key) { return question('state.delete', { key }); },
    });
    return freeze(assign(create(null), facts, {
      log,
      http(request) { return question('http', request); },
      lookup(table, key) { return question('lookup', { table, key }); },
      links(record) { return question('links', record); },
      state: freeze(state),
    }));
  }
  function failure(error) {
    let name = '', message = '', stack = '';
    if (typeof error === 'object' && error !== null) {
      if (typeof error.name === 'string') name = error.name;
      if (typeof error.message === 'string') message = error.message;
      if (typeof error.stack === 'string') stack = error.stack;
    } else message = text(error);
    return stringify(['failed', apply(slice, (name && name !== 'Error' ? name + ': ' : '') + message, [0, 1000]), logs, apply(slice, stack, [0, 4000])]);
  }
  function success(value) {
    const json = stringify(value);
    if (json === undefined) return stringify(['nothing', '', logs]);
    // as it is where it stands alone: a text in a text is written and read twice
    return logs.length === 0 ? '=' + json : stringify(['value', json, logs]);
  }
  global.$enter = function (run, inputText, factsText) {
    try {
      const value = run(parse(inputText), contextOf(parse(factsText)));
      const waits = (typeof value === 'object' && value !== null || typeof value === 'function') && typeof value.then === 'function';
      if (!waits) return success(value);
      let done = null;
      global.$later = apply(then, apply(then, new Later(function (resolve) { resolve(value); }), [success]), [
        function (result) { return (done = result); },
        function (error) { return (done = failure(error)); },
      ]);
      return null;
    } catch (error) {
      return failure(error);
    }
  };
})(globalThis); 0`;

/**
 * Picks what the customer's text offers and goes in; follows it in the same script, so that it sees what that declares, and is
 * that script's value.
 */
export const guestChoice = `
;(entry, input, facts) => globalThis.$enter(((entry) => {
  const offered = typeof $offered === 'undefined' ? undefined : $offered;
  const named = (from) => from !== null && (typeof from === 'object' || typeof from === 'function') ? from : {};
  if (entry !== '') {
    const one = named(named(offered)[entry]);
    if (typeof one.run === 'function') return (input, ctx) => one.run(input, ctx);
  }
  if (typeof named(offered).run === 'function') return (input, ctx) => offered.run(input, ctx);
  if (typeof offered === 'function') return offered;
  if (typeof run === 'function') return run;
  throw new TypeError(entry === '' ? 'the code offers no run function' : 'the code offers nothing for ' + entry);
})(entry), input, facts)`;

/** Evaluates every expression of a step over the same values; \`jsonata\` is in the snapshot. Answers one list each: the value, or nothing. */
export const expressionEntrance = `
;(entry, input, facts) => globalThis.$enter(async (input, ctx) => {
  const answers = [];
  for (let at = 0; at < input.expressions.length; at++) {
    try {
      const expression = globalThis.jsonata(input.expressions[at]);
      if (input.values === undefined) continue;
      const bindings = {
        now: () => new Date(ctx.now).toISOString(),
        millis: () => ctx.now,
        random: () => { throw new Error('$random would give another value at every attempt'); },
      };
      const value = await expression.evaluate(input.values, bindings);
      answers.push(value === undefined || typeof value === 'function' ? [] : [value]);
    } catch (error) {
      const failed = new Error(String((error && error.message) || error) + (error && error.position ? ' (at sign ' + error.position + ')' : ''));
      failed.name = 'expression ' + (at + 1);
      throw failed;
    }
  }
  return answers;
}, input, facts)`;
