import {
  Ban,
  Check,
  CircleDashed,
  CircleMinus,
  CirclePause,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
  PenLine,
  RotateCw,
  SkipForward,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RunStatus } from '#runtime/protocol.ts';
import type { StepPhase } from '../runs/timeline.ts';

interface Look {
  readonly icon: LucideIcon;
  readonly chip: '' | 'ok' | 'warn' | 'bad' | 'info';
  readonly text: string;
  readonly spin?: boolean;
}

const RUN: Readonly<Record<RunStatus, Look>> = {
  queued: { icon: Clock, chip: '', text: 'text-muted' },
  running: { icon: LoaderCircle, chip: 'info', text: 'text-info', spin: true },
  waiting: { icon: Clock, chip: 'info', text: 'text-info' },
  held: { icon: CirclePause, chip: 'warn', text: 'text-warning' },
  succeeded: { icon: Check, chip: 'ok', text: 'text-success' },
  ignored: { icon: CircleMinus, chip: '', text: 'text-muted' },
  failed: { icon: CircleX, chip: 'bad', text: 'text-danger' },
  cancelled: { icon: Ban, chip: '', text: 'text-muted' },
};

export type StepLook = StepPhase | 'pending' | 'skipped';

const STEP: Readonly<Record<StepLook, Look>> = {
  running: { icon: LoaderCircle, chip: 'info', text: 'text-info', spin: true },
  writing: { icon: PenLine, chip: 'info', text: 'text-info' },
  succeeded: { icon: Check, chip: 'ok', text: 'text-success' },
  failed: { icon: CircleX, chip: 'bad', text: 'text-danger' },
  retrying: { icon: RotateCw, chip: 'warn', text: 'text-warning' },
  waiting: { icon: Clock, chip: 'info', text: 'text-info' },
  held: { icon: CirclePause, chip: 'warn', text: 'text-warning' },
  pending: { icon: CircleDashed, chip: '', text: 'text-muted' },
  skipped: { icon: SkipForward, chip: '', text: 'text-muted' },
  cancelled: { icon: Ban, chip: '', text: 'text-muted' },
};

/** State of a run as a chip: icon, word and colour. */
export function RunChip({ status }: { readonly status: RunStatus }) {
  const { t } = useTranslation();
  const { icon: Icon, chip, spin } = RUN[status];
  return (
    <span className={`chip ${chip}`}>
      <Icon className={`i i-12 ${spin ? 'spin' : ''}`} aria-hidden />
      {t(`runs.statuses.${status}`)}
    </span>
  );
}

/** State of a run in a row: quieter than the chip. */
export function RunState({ status }: { readonly status: RunStatus }) {
  const { t } = useTranslation();
  const { icon: Icon, text, spin } = RUN[status];
  return (
    <span className="inline-flex items-center gap-1.5 font-medium whitespace-nowrap">
      <Icon className={`i i-14 ${text} ${spin ? 'spin' : ''}`} aria-hidden />
      {t(`runs.statuses.${status}`)}
    </span>
  );
}

/** State of a step as an icon that says its word to those who cannot see it. */
export function StepIcon({ look }: { readonly look: StepLook }) {
  const { t } = useTranslation();
  const { icon: Icon, text, spin } = STEP[look];
  const word = t(`runs.stepStates.${look}`);
  return (
    <span className={`inline-flex ${text}`} title={word}>
      <Icon className={`i ${spin ? 'spin' : ''}`} aria-hidden />
      <span className="sr-only">{word}</span>
    </span>
  );
}

/** Tailwind text colour of a step's state. */
export function stepTone(look: StepLook): string {
  return STEP[look].text;
}
