import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '#runtime/json.ts';
import { portsFit } from '#runtime/node.ts';
import type { PluginNode } from '#runtime/plugin.ts';
import type { RunAnswer } from '#runtime/protocol.ts';
import { wholeEvent } from '../api/actions.ts';
import { runQuery, runsQuery } from '../api/queries.ts';
import { recordName } from '../runs/record-name.ts';
import { useNodes, useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { sayFailed } from '../ui/notices.ts';
import { Select } from '../ui/select.tsx';
import { useFormat } from '../ui/use-format.ts';
import { usePluginTexts } from './plugin-texts.ts';

/** A port that can be filled from a record. */
export type SamplePort = Pick<PluginNode['inputs'][number], 'name' | 'type' | 'title'>;

interface SamplePickerProps {
  readonly ports: readonly SamplePort[];
  /** The step the value is for: then only runs of its flow, and what is wired to it first. */
  readonly of?: { readonly flow: string; readonly step: string };
  readonly onTake: (port: string, value: Json) => void;
}

interface Recorded {
  readonly key: string;
  readonly step: string;
  readonly port: string;
  readonly type: string;
  readonly seq: number;
}

const RUNS = 20;

/** What the steps of a run gave: first what is wired to the input it is for, then what is of the wanted type. */
function useRecorded(answer: RunAnswer | undefined, wanted: string, to: string | undefined): readonly Recorded[] {
  const nodes = useNodes();
  if (!answer) return [];
  const typeOf = (step: string, port: string): string => {
    const node = answer.flow.nodes.find(({ id }) => id === step.split('.').at(-1));
    return nodes?.get(node?.type ?? '')?.outputs.find(({ name }) => name === port)?.type ?? 'any';
  };
  const all = answer.events.flatMap((event) =>
    event.type === 'step.succeeded'
      ? Object.keys(event.output).map((port) => ({
          key: `${event.seq} ${port}`,
          step: event.step,
          port,
          type: typeOf(event.step, port),
          seq: event.seq,
        }))
      : [],
  );
  const wired = new Set(answer.flow.wires.flatMap((wire) => (wire.to === to ? [wire.from] : [])));
  const rank = ({ step, port, type }: Recorded): number => {
    if (wired.has(`${step.split('.').at(-1)}.${port}`)) return 0;
    return type === wanted ? 1 : portsFit(type, wanted) ? 2 : 3;
  };
  return all.toSorted((one, other) => rank(one) - rank(other));
}

/** Takes a value out of a recent run: a real record of this account. */
export function SamplePicker({ ports, of, onTake }: SamplePickerProps) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const format = useFormat();
  const id = useId();
  const [run, setRun] = useState('');
  const [port, setPort] = useState(ports[0]?.name ?? '');
  const nodes = useNodes();
  const runs = useInfiniteQuery(runsQuery(tenant.id, { flow: of?.flow }, RUNS)).data?.pages[0]?.runs ?? [];
  const chosen = useQuery({ ...runQuery(tenant.id, run), enabled: run !== '' });
  const wanted = ports.find(({ name }) => name === port)?.type ?? 'any';
  const recorded = useRecorded(chosen.data, wanted, of && `${of.step}.${port}`);
  const stepName = (path: string): string => {
    const node = chosen.data?.flow.nodes.find((each) => each.id === path.split('.').at(-1));
    return node?.title ?? nodes?.get(node?.type ?? '')?.title[language] ?? path;
  };
  const take = async ({ seq, port: from }: Recorded) => {
    try {
      const { event } = await wholeEvent(tenant.id, run, seq);
      if (event.type === 'step.succeeded') onTake(port, event.output[from] ?? null);
    } catch (error) {
      sayFailed({ title: failureText(error, house, language) });
    }
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="field">
        <label htmlFor={`${id}-run`}>{t('trial.runs')}</label>
        <Select id={`${id}-run`} value={run} onChange={(event) => setRun(event.target.value)}>
          <option value="">{runs.length === 0 ? t('trial.noRuns') : house('form.choose')}</option>
          {runs.map((each) => (
            <option key={each.id} value={each.id}>
              {`${recordName(each, house)} · ${format.full(each.receivedAt)} · ${each.flowName}`}
            </option>
          ))}
        </Select>
      </div>
      {ports.length > 1 && run !== '' && (
        <div className="field">
          <label htmlFor={`${id}-port`}>{t('trial.port')}</label>
          <Select id={`${id}-port`} value={port} onChange={(event) => setPort(event.target.value)}>
            {ports.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title[language]}
              </option>
            ))}
          </Select>
        </div>
      )}
      {run !== '' && chosen.data && (
        <div className="field">
          <label htmlFor={`${id}-value`}>{t('trial.value')}</label>
          <Select
            id={`${id}-value`}
            value=""
            onChange={(event) => {
              const found = recorded.find(({ key }) => key === event.target.value);
              if (found) void take(found);
            }}
          >
            <option value="">{recorded.length === 0 ? t('trial.noValues') : house('form.choose')}</option>
            {recorded.map((each) => (
              <option key={each.key} value={each.key}>
                {`${t('trial.valueOf', { step: stepName(each.step), port: each.port })} (${each.type})`}
              </option>
            ))}
          </Select>
        </div>
      )}
    </div>
  );
}
