import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { JsonObject } from '#runtime/json.ts';
import { PluginDocument } from '#runtime/plugin.ts';
import {
  CodeTrial,
  CodeTypes,
  ExampleResults,
  PluginDraft,
  PluginList,
  PluginSummary,
  type SavePluginDraft,
  type TestPlugin,
  type TryPlugin,
  type TryStep,
} from '#runtime/protocol.ts';
import { call, tell } from '../api/call.ts';

const base = (tenant: number) => `/tenants/${tenant}/plugins`;

export const pluginsQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'plugins'],
    queryFn: ({ signal }) => call(PluginList, base(tenant), { signal }),
  });

export const pluginDraftQuery = (tenant: number, plugin: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'plugin-draft', plugin],
    // what is being written is the page's own until it is opened anew
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    queryFn: ({ signal }) => call(PluginDraft, `${base(tenant)}/${plugin}/draft`, { signal }),
  });

/** A version never changes once it is installed. */
export const pluginVersionQuery = (tenant: number, plugin: string, version: string) =>
  queryOptions({
    queryKey: ['plugin-version', tenant, plugin, version],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => call(PluginDocument, `${base(tenant)}/${plugin}/versions/${version}`, { signal }),
  });

export const codeTypesQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['code-types', tenant],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => call(CodeTypes, `${base(tenant)}/types`, { signal }),
  });

export const readDraft = (tenant: number, plugin: string) => call(PluginDraft, `${base(tenant)}/${plugin}/draft`);

export const saveDraft = (tenant: number, plugin: string, body: SavePluginDraft) =>
  call(PluginDraft, `${base(tenant)}/${plugin}/draft`, { method: 'PUT', body });

export const discardDraft = (tenant: number, plugin: string) =>
  tell(`${base(tenant)}/${plugin}/draft`, { method: 'DELETE' });

export const publishDraft = (tenant: number, plugin: string, revision: number) =>
  call(PluginSummary, `${base(tenant)}/${plugin}/draft/publish`, { method: 'POST', body: { revision } });

export const installPlugin = (tenant: number, document: JsonObject) =>
  call(PluginSummary, base(tenant), { method: 'POST', body: document });

export const installStarter = (tenant: number, plugin: string) =>
  call(PluginSummary, `${base(tenant)}/starters/${plugin}`, { method: 'POST', body: {} });

export const activateVersion = (tenant: number, plugin: string, version: string) =>
  call(PluginSummary, `${base(tenant)}/${plugin}/version`, { method: 'PUT', body: { version } });

export const removePlugin = (tenant: number, plugin: string) => tell(`${base(tenant)}/${plugin}`, { method: 'DELETE' });

export const allowProgram = (tenant: number, program: string) =>
  tell(`${base(tenant)}/allow`, { method: 'POST', body: { program } });

export const tryPlugin = (tenant: number, body: TryPlugin) =>
  call(CodeTrial, `${base(tenant)}/try`, { method: 'POST', body });

export const tryStep = (tenant: number, body: TryStep) =>
  call(CodeTrial, `${base(tenant)}/try-step`, { method: 'POST', body });

export const runExamples = (tenant: number, body: z.input<typeof TestPlugin>) =>
  call(ExampleResults, `${base(tenant)}/examples`, { method: 'POST', body });
