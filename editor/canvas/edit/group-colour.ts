import { z } from 'zod';

/** What a group may be tinted with, by the names of the node kinds' own colours. */
export const GroupColour = z.enum(['teal', 'violet', 'amber', 'blue', 'pink', 'grey']);
export type GroupColour = z.infer<typeof GroupColour>;

/** The group's colour; none where it has none, or one of another program. */
export function colourOf({ colour }: { readonly colour?: string | undefined }): GroupColour | undefined {
  return GroupColour.safeParse(colour).data;
}
