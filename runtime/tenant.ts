import { z } from 'zod';
import { Package } from './package.ts';
import { Email, Language, PersonName } from './people.ts';
import { Role } from './role.ts';

/** Somebody who belongs to a tenant. */
export const Member = z.strictObject({ id: z.uuid(), email: z.string(), name: z.string(), role: Role });
export type Member = z.infer<typeof Member>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Ten digits whose last is the check digit (Luhn), as Bolagsverket gives them out. */
const OrgNumber = z
  .string()
  .trim()
  .regex(/^\d{6}-?\d{4}$/, 'an organisation number has ten digits: 556677-8899')
  .refine((text) => {
    const digits = text.replace('-', '').split('').map(Number);
    const sum = digits.reduce((total, digit, at) => {
      const weighed = at % 2 === 0 ? digit * 2 : digit;
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
    return sum % 10 === 0;
  }, 'the last digit of the organisation number does not fit the others');

/** A customer as administrators look after it. */
export const TenantEntry = z.strictObject({
  id: z.int(),
  name: z.string(),
  /** Empty where nobody has told it. */
  orgNumber: z.string(),
  package: Package,
  timeZone: z.string(),
  language: Language,
  createdAt: z.number(),
  flows: z.int(),
  liveFlows: z.int(),
  /** Whether its flows may take unsigned calls. */
  unsignedWebhooks: z.boolean(),
  /** Those of Weft’s own who look after it: KAMs and support. */
  staff: z.array(Member),
});
export type TenantEntry = z.infer<typeof TenantEntry>;

/** GET /tenants, for administrators. */
export const TenantList = z.strictObject({ tenants: z.array(TenantEntry) });
export type TenantList = z.infer<typeof TenantList>;

/** POST /tenants; answers a TenantEntry. */
export const CreateTenant = z.strictObject({
  name: z.string().trim().min(1).max(120),
  orgNumber: OrgNumber,
  package: Package,
  timeZone: z.string().max(60).refine(isTimeZone, 'there is no such time zone').default('Europe/Stockholm'),
  language: Language.default('sv'),
});
export type CreateTenant = z.infer<typeof CreateTenant>;

/** PUT /tenants/:tenant/package; the note says why. Answers a TenantEntry. */
export const ChangePackage = z.strictObject({ package: Package, note: z.string().trim().min(1).max(500) });
export type ChangePackage = z.infer<typeof ChangePackage>;

/**
 * PUT /tenants/:tenant/unsigned-webhooks: lets those who publish for the customer open addresses that take unsigned calls, or
 * no more; then the addresses there are take none either. The note says why. Answers a TenantEntry.
 */
export const AllowUnsigned = z.strictObject({ allowed: z.boolean(), note: z.string().trim().min(1).max(500) });
export type AllowUnsigned = z.infer<typeof AllowUnsigned>;

/**
 * POST /staff: an account for one of Weft's own, who gets a mail with the way to a password; a KAM or somebody of support then
 * looks after the customers they are assigned to. Answers a SentLink.
 */
export const InviteStaff = z.strictObject({
  email: Email,
  name: PersonName,
  role: Role.extract(['admin', 'kam', 'support']),
  language: Language,
});
export type InviteStaff = z.infer<typeof InviteStaff>;

/** POST /tenants/:tenant/staff: a KAM or somebody of support looks after the customer from now on; answers a Member. */
export const AssignStaff = z.strictObject({ email: Email });
