import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { FieldShape } from '#runtime/field-shape.ts';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import type { CatalogAnswer } from '#runtime/protocol.ts';
import { catalogQuery } from '../api/queries.ts';

const account = getRouteApi('/a/$account');

/** The tenant the address names, which is one of the session's; the layout shows nothing for another. */
export function useTenant(): SessionTenant {
  const { session } = account.useRouteContext();
  const { account: id } = account.useParams();
  const tenant = session.tenants.find((each) => String(each.id) === id);
  if (!tenant) throw new Error(`no account ${id} in the session`);
  return tenant;
}

/** Who is signed in. */
export function useUser(): SessionAnswer['user'] {
  return account.useRouteContext().session.user;
}

// outside the hooks: a function that is new at every render would make a new map at every render
const nodesByType = ({ nodes }: CatalogAnswer) => new Map(nodes.map((node) => [node.type, node]));
const connectorsById = ({ connectors }: CatalogAnswer) => new Map(connectors.map((each) => [each.id, each]));

/** Nodes by type; empty until the catalog is here. */
export function useNodes() {
  const { id } = useTenant();
  return useQuery({ ...catalogQuery(id), select: nodesByType }).data;
}

/** A shape of a later date than this page is left out: then nothing is said of what is in it. */
function shapesOf({ shapes }: CatalogAnswer): ReadonlyMap<string, FieldShape> {
  return new Map(
    Object.entries(shapes).flatMap(([name, shape]) => {
      const read = FieldShape.safeParse(shape);
      return read.success ? [[name, read.data] as const] : [];
    }),
  );
}

/** What values of named types are made of; empty until the catalog is here. */
export function useShapes() {
  const { id } = useTenant();
  return useQuery({ ...catalogQuery(id), select: shapesOf }).data;
}

/** Titles of connectors by id; empty until the catalog is here. */
export function useConnectors() {
  const { id } = useTenant();
  return useQuery({ ...catalogQuery(id), select: connectorsById }).data;
}
