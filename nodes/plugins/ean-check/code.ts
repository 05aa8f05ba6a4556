/** Whether the last digit of a GTIN of 8, 12, 13 or 14 digits is the one the others ask for. */
function isGtin(code: string): boolean {
  if (!/^(\d{8}|\d{12,14})$/.test(code)) return false;
  const digits = [...code].map(Number).reverse();
  const sum = digits.slice(1).reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 3 : 1), 0);
  return (10 - (sum % 10)) % 10 === digits[0];
}

interface Input {
  readonly code: string;
  readonly config: { readonly strip: boolean };
}

export default {
  'ean-check.check': {
    run({ code, config }: Input) {
      const clean = config.strip ? code.replace(/[\s-]/g, '') : code;
      return isGtin(clean) ? { valid: clean } : { invalid: code };
    },
  },
};
