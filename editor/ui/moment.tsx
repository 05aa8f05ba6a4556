import { useFormat, useNow } from './use-format.ts';

/** A time as short as today allows; the whole of it in the tooltip. */
export function Moment({ at }: { readonly at: number }) {
  const format = useFormat();
  const now = useNow(30_000);
  return (
    <time dateTime={new Date(at).toISOString()} title={format.full(at)} className="whitespace-nowrap">
      {format.moment(at, now)}
    </time>
  );
}

/** How long something took, or has taken so far. */
export function Took({ from, to }: { readonly from: number; readonly to: number | null }) {
  return to === null ? <Running from={from} /> : <Fixed ms={to - from} />;
}

function Fixed({ ms }: { readonly ms: number }) {
  return <span className="num whitespace-nowrap">{useFormat().duration(Math.max(0, ms))}</span>;
}

function Running({ from }: { readonly from: number }) {
  return <Fixed ms={useNow(1000) - from} />;
}
