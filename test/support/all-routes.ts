import type { Express } from 'express';

interface Listed {
  readonly path: string | RegExp;
  readonly methods?: readonly string[] | undefined;
  readonly router?: { listRoutes(): readonly Listed[] } | undefined;
}

/** Every route of an app as `METHOD /path/:param`, read from its routers; HEAD goes with GET. */
export function allRoutes(app: Express): string[] {
  const walk = (listed: readonly Listed[], base: string): string[] =>
    listed.flatMap(({ path, methods, router }) => {
      const here = `${base}${String(path)}`.replaceAll(/\/{2,}/g, '/');
      const at = here.length > 1 ? here.replace(/\/$/, '') : here;
      if (router) return walk(router.listRoutes(), at);
      return (methods ?? []).filter((method) => method !== 'HEAD').map((method) => `${method} ${at}`);
    });
  return walk((app.router as unknown as { listRoutes(): readonly Listed[] }).listRoutes(), '');
}
