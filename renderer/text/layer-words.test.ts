import { expect, test } from 'vitest'
import { stepShares, stepWords } from './layer-words.ts'

test.each([
  ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
  ['/bin/sh -c apt-get update', 'RUN apt-get update'],
  ['|1 A=b /bin/sh -c make', 'RUN make'],
  ['RUN /bin/sh -c make # buildkit', 'RUN make'],
  ['RUN |2 A=b C=d /bin/sh -c make # buildkit', 'RUN make'],
  ['COPY . / # buildkit', 'COPY . /'],
  ['', ''],
])('%s', (madeBy, words) => expect(stepWords(madeBy)).toBe(words))

test('shares are those of the largest step', () => {
  const step = { madeBy: '', comment: '', createdAtMs: undefined, tags: [] }
  expect(stepShares([200, 0, 100].map((sizeBytes) => ({ ...step, sizeBytes })))).toEqual([1, 0, 0.5])
  expect(stepShares([])).toEqual([])
})
