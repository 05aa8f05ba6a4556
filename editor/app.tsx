import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { newQueryClient } from './api/queries.ts';
import { newRouter } from './router.tsx';
import { Toasts } from './ui/toasts.tsx';

const client = newQueryClient();
const router = newRouter(client);

export function App() {
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
