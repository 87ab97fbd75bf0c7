import { expect, test } from 'vitest';
import { withoutAnalytics } from './without-analytics.ts';

test('takes the tag manager out and leaves the other scripts in', () => {
  const page = `<body>
    <script>window.allure = window.allure || {};</script>
    <script src="app.js"></script>
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        function gtag(){dataLayer.push(arguments);}
    </script>
    <script>window.data = 1;</script>
  </body>`;

  const scripts = withoutAnalytics(page).match(/<script[\s\S]*?<\/script>/g);

  expect(scripts).toEqual([
    '<script>window.allure = window.allure || {};</script>',
    '<script src="app.js"></script>',
    '<script>window.data = 1;</script>',
  ]);
});
