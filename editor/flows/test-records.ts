/** The ids a person wrote, however they were set apart. */
export function recordsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).map((id) => id.replace(/^#/, '')))].filter((id) => id !== '').slice(0, 100);
}

export const asText = (records: readonly string[]): string => records.join(', ');
