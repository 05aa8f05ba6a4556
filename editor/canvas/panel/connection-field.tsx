import { Link } from '@tanstack/react-router';
import { ChevronDown, CircleX } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { ConnectionSummary, ConnectorSummary } from '#runtime/protocol.ts';
import { usePreferences } from '../../state/preferences.ts';
import { setConnection } from '../edit/step-edits.ts';
import { useFlow, useSession } from '../session.ts';

interface ConnectionFieldProps {
  readonly node: FlowNode;
  readonly manifest: NodeManifest;
  readonly account: string;
  readonly connections: readonly ConnectionSummary[];
  readonly connectors: ReadonlyMap<string, ConnectorSummary>;
  readonly problem: string | undefined;
}

/** Which account the step works in: those that can do what it needs first, the others with the reason. */
export function ConnectionField({ node, manifest, account, connections, connectors, problem }: ConnectionFieldProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const session = useSession();
  const { params } = useFlow();
  const id = useId();
  const able = (connection: ConnectionSummary) => {
    const offers = connectors.get(connection.connector)?.offers ?? [];
    return manifest.needs.every((need) => offers.includes(need));
  };
  const ordered = connections.toSorted((one, other) => Number(able(other)) - Number(able(one)));
  const questions = Object.entries(params).filter(([, param]) => param.kind === 'connection');
  const known =
    node.connection === undefined ||
    node.connection === '' ||
    connections.some((each) => each.id === node.connection) ||
    node.connection.startsWith('{{');
  const chosen = connections.find((each) => each.id === node.connection);
  return (
    <div className="field">
      <label htmlFor={id}>{t('canvas.panel.connection')}</label>
      <span className="select w-full">
        <select
          id={id}
          className="input max-w-none! w-full!"
          value={node.connection ?? ''}
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-help`}
          onChange={(event) =>
            session.perform(setConnection(node.id, event.target.value === '' ? undefined : event.target.value))
          }
        >
          <option value="">
            {t(manifest.connection === 'required' ? 'canvas.panel.chooseConnection' : 'canvas.panel.noConnection')}
          </option>
          {!known && <option value={node.connection}>{t('canvas.panel.goneConnection')}</option>}
          {questions.map(([name, param]) => (
            <option key={name} value={`{{ params.${name} }}`}>
              {t('canvas.panel.askedFor', { title: param.title[language] })}
            </option>
          ))}
          {ordered.map((connection) => (
            <option key={connection.id} value={connection.id}>
              {connection.title}
              {able(connection) ? '' : ` (${t('canvas.panel.cannot')})`}
            </option>
          ))}
        </select>
        <ChevronDown className="i i-14" aria-hidden />
      </span>
      <div id={`${id}-help`} className="text-xs">
        {problem && (
          <p className="flex items-center gap-1 text-danger">
            <CircleX className="i i-12" aria-hidden />
            {problem}
          </p>
        )}
        {chosen && <p className="text-muted">{t(`canvas.panel.state.${chosen.state}`)}</p>}
        {connections.length === 0 && (
          <Link to="/a/$account/connections" params={{ account }} className="link">
            {t('canvas.panel.addConnection')}
          </Link>
        )}
      </div>
    </div>
  );
}
