// Loaded with --import before every entry, in plain JavaScript: an older Node cannot read TypeScript and would end in
// ERR_UNKNOWN_FILE_EXTENSION before the entry could say a word.
const oldest = 24;

if (Number.parseInt(process.versions.node, 10) < oldest) {
  process.stderr.write(
    `Weft needs Node ${oldest} or newer, and this is Node ${process.versions.node}. ` +
      '"npm ci" without --omit=dev and --ignore-scripts brings Node 26 along; or install a newer Node.\n',
  );
  process.exit(1);
}
