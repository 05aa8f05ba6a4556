import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { newQueryClient } from './api/queries.ts';
import { newRouter } from './router.tsx';
import { Toasts } from './ui/toasts.tsx';

const client = newQueryClient();
const router = newRouter(client);
// while the reader's language is fetched, so is what the page will show; nearly all have the shell around them
void router.load();
void import('./shell/layout.tsx').catch(() => undefined);

export function App() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
