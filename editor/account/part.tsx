import { type ReactNode, useId } from 'react';

interface PartProps {
  readonly title: string;
  readonly help?: string;
  readonly children: ReactNode;
}

/** One matter of the account, under its heading. */
export function Part({ title, help, children }: PartProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4">
      <div>
        <h2 id={id} className="text-lg font-semibold">
          {title}
        </h2>
        {help && <p className="text-sm text-muted">{help}</p>}
      </div>
      {children}
    </section>
  );
}
