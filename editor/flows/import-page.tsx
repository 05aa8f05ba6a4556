import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CircleX, FileUp } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { DocumentChecked } from '#runtime/protocol.ts';
import { checkDocument, createFlow } from '../api/actions.ts';
import { connectionsQuery, flowsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useConnectors, useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { sayDone } from '../ui/notices.ts';
import { Select } from '../ui/select.tsx';
import { LARGEST_FILE, type OpenedFile, openFile, unknownConnections, withConnections } from './flow-file.ts';
import { ProblemList } from './problem-list.tsx';
import { useWords } from './use-words.ts';

type Chosen = Readonly<Record<string, string>>;

interface MappingProps {
  readonly places: OpenedFile['connections'];
  readonly chosen: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
}

/** The file's systems, each with the accounts the customer has in it. */
function Mapping({ places, chosen, onChoose }: MappingProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const connectors = useConnectors();
  const id = useId();
  const own = useQuery(connectionsQuery(tenant.id)).data?.connections ?? [];
  return (
    <section className="flex flex-col gap-3" aria-labelledby={`${id}-title`}>
      <div>
        <h2 id={`${id}-title`}>{t('flows.importConnections')}</h2>
        <p className="text-xs text-muted">{t('flows.importConnectionsHelp')}</p>
      </div>
      {places.map(({ name, connector, title }) => (
        <div key={name} className="field">
          <label htmlFor={`${id}-${name}`}>
            {connectors?.get(connector)?.title ?? (connector || name)}{' '}
            {title !== '' && (
              <span className="font-normal text-muted">
                {t('flows.importWas', { title, system: connectors?.get(connector)?.title ?? connector })}
              </span>
            )}
          </label>
          <Select
            id={`${id}-${name}`}
            value={chosen[name] ?? ''}
            onChange={(event) => onChoose({ ...chosen, [name]: event.target.value })}
          >
            <option value="">{t('form.choose')}</option>
            {own
              .filter((each) => connector === '' || each.connector === connector)
              .map((each) => (
                <option key={each.id} value={each.id}>
                  {each.title}
                </option>
              ))}
          </Select>
        </div>
      ))}
    </section>
  );
}

const EMPTY_FLOW = { nodes: [] as FlowDocument['nodes'] } as FlowDocument;

function Outcome({ checked }: { readonly checked: DocumentChecked }) {
  const { t } = useTranslation();
  const words = useWords(useTenant().id);
  return (
    <section className="-mx-(--inset)" aria-label={t('flows.problems')}>
      <h2 className="px-(--inset)">{t('flows.problems')}</h2>
      <ProblemList flow={checked.flow ?? EMPTY_FLOW} problems={checked.problems} words={words} />
    </section>
  );
}

/** Reads a chosen file; what is wrong with it is said in words. */
function useOpened() {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<OpenedFile | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const open = async (file: File): Promise<OpenedFile | null> => {
    const refuse = (why: string) => {
      setFault(t('flows.unreadable', { file: file.name, why }));
      setOpened(null);
      return null;
    };
    if (file.size > LARGEST_FILE) return refuse(t('flows.tooLarge'));
    try {
      const read = openFile(await file.text());
      setFault(null);
      setOpened(read);
      return read;
    } catch {
      return refuse(t('flows.notJson'));
    }
  };
  return { opened, fault, open };
}

function Chooser({ onFile }: { readonly onFile: (file: File) => void }) {
  const { t } = useTranslation();
  return (
    <label className="drop">
      <FileUp className="i i-20 text-muted" aria-hidden />
      <span className="font-medium">{t('flows.chooseFile')}</span>
      <input
        type="file"
        accept=".json,application/json"
        className="sr-only"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) onFile(file);
          event.target.value = '';
        }}
      />
    </label>
  );
}

/** A flow from a file: checked whole, its systems put to the customer's own accounts, then stored as a draft. */
export function ImportPage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { opened, fault, open } = useOpened();
  const [chosen, setChosen] = useState<Chosen>({});
  const own = useQuery(connectionsQuery(tenant.id)).data?.connections ?? [];
  const check = useMutation({
    mutationFn: ({ file, map }: { readonly file: OpenedFile; readonly map: Chosen }) =>
      checkDocument(tenant.id, withConnections(file.document, map)),
  });
  const store = useMutation({
    mutationFn: (flow: FlowDocument) => createFlow(tenant.id, flow),
    onSuccess: async (flow) => {
      await client.invalidateQueries({ queryKey: flowsQuery(tenant.id).queryKey });
      sayDone({ title: t('flows.made', { name: flow.name }) });
      await navigate({ to: '/a/$account/flows/$flow', params: { account: String(tenant.id), flow: flow.id } });
    },
  });
  useCrumbs([{ label: t('flows.title'), to: '/a/$account/flows' }, { label: t('flows.importTitle') }]);
  const choose = (map: Chosen, file: OpenedFile) => {
    setChosen(map);
    check.mutate({ file, map });
  };
  const begin = async (file: File) => {
    const read = await open(file);
    if (!read) return;
    // the only account in a system needs no choosing
    const alone = read.connections.flatMap(({ name, connector }) => {
      const [only, second] = own.filter((each) => each.connector === connector);
      return only && !second ? [[name, only.id] as const] : [];
    });
    choose(Object.fromEntries(alone), read);
  };
  const checked = check.data;
  const bare = checked?.flow
    ? unknownConnections(checked.flow, [...own.map(({ id }) => id), ...Object.values(chosen)])
    : [];
  const places = opened?.connections.length
    ? opened.connections
    : [...new Set([...bare, ...Object.keys(chosen)])].map((name) => ({ name, connector: '', title: '' }));
  const failure = check.error ?? store.error;
  return (
    <>
      <header className="head">
        <div>
          <h1>{t('flows.importTitle')}</h1>
          <p className="text-sm text-muted">{t('flows.importLead')}</p>
        </div>
      </header>
      <div className="split">
        <div className="flex flex-col gap-6">
          <Chooser onFile={(file) => void begin(file)} />
          {(fault ?? failure) && (
            <p role="alert" className="note bad">
              <CircleX className="i" aria-hidden />
              {fault ?? failureText(failure, t, language)}
            </p>
          )}
          {opened && !fault && places.length > 0 && (
            <Mapping places={places} chosen={chosen} onChoose={(map) => choose(map, opened)} />
          )}
          {opened && !fault && checked && (
            <>
              <h2 className="text-lg!">{checked.flow?.name}</h2>
              <Outcome checked={checked} />
              {checked.flow && (
                <button
                  type="button"
                  className="btn primary self-start"
                  aria-disabled={store.isPending}
                  onClick={() => checked.flow && !store.isPending && store.mutate(checked.flow)}
                >
                  {checked.problems.some((each) => each.severity === 'error')
                    ? t('flows.importAnyway')
                    : t('flows.importAsDraft')}
                </button>
              )}
            </>
          )}
        </div>
      </div>
    </>
  );
}
