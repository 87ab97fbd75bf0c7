import { expect, test } from 'vitest';
import { assertWellFormed } from './xml-well-formed.ts';

test.each([
  '<a/>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<a b="1" c="&lt;&#39;">x &amp; y<d/>\n</a>\n',
  '<a><b></b ><c x="é"\n y="" /></a>',
])('accepts %j', (xml) => {
  expect(() => assertWellFormed(xml)).not.toThrow();
});

test.each([
  '',
  'text',
  '<a>',
  '<a></b>',
  '<a/><b/>',
  '<a><b></a></b>',
  '<a b="1" b="2"/>',
  '<a b=1/>',
  '<a b="<"/>',
  '<a>&nbsp;</a>',
  '<a>fish & chips</a>',
  '<a b="&"/>',
  '<a>\u0000</a>',
  '<a>\ud800</a>',
  '<1/>',
  '<a',
])('refuses %j', (xml) => {
  expect(() => assertWellFormed(xml)).toThrow(SyntaxError);
});
