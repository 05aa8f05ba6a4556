import { CircleCheck, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SignInEnd } from '#runtime/protocol.ts';

/** How the sign-in went from which a person just came back. */
export function SignInEndNote({ end }: { readonly end: SignInEnd | undefined }) {
  const { t } = useTranslation();
  if (end === undefined) return null;
  const Icon = end === 'done' ? CircleCheck : CircleX;
  return (
    <p role={end === 'done' ? 'status' : 'alert'} className={`note mx-(--inset) mb-4 ${end === 'done' ? 'ok' : 'bad'}`}>
      <Icon className="i" aria-hidden />
      {t(`connections.signInEnd.${end}`)}
    </p>
  );
}
