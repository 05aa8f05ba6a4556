// Loaded with --import before every entry, in plain JavaScript: an older Node cannot read TypeScript and would end in
// ERR_UNKNOWN_FILE_EXTENSION before the entry could say a word.
import module from 'node:module';
import path from 'node:path';

const oldest = 24;

if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `Weft needs Node ${oldest} or newer, and this is Node ${process.versions.node}. ` +
      '"npm ci" without --omit=dev and --ignore-scripts brings Node 26 along; or install a newer Node.\n',
  );
  process.exit(1);
}

// What was compiled and stripped of types at one start need not be again at the next: a third of the time until it answers.
// Beside our own files, since whoever may write there can change us anyway.
module.enableCompileCache?.(path.join(import.meta.dirname, '../node_modules/.cache/compiled'));
