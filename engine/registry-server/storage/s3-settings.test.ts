import { expect, it } from 'vitest'
import { parseS3Settings } from './s3-settings.ts'

it('a bucket alone is one of Amazon’s', () => {
  expect(parseS3Settings('bucket=images')).toEqual({ bucket: 'images', endpoint: undefined, region: 'us-east-1', prefix: '', isPathStyle: false })
})

it('an endpoint of somebody else has the bucket in the path, unless it says otherwise', () => {
  const text = 'endpoint=https://s3.example.com:9000,bucket=images,region=eu,prefix=/a/b/'
  const settings = { bucket: 'images', endpoint: 'https://s3.example.com:9000', region: 'eu', prefix: 'a/b', isPathStyle: true }
  expect(parseS3Settings(text)).toEqual(settings)
  expect(parseS3Settings(`${text},path-style=false`)).toEqual({ ...settings, isPathStyle: false })
})

it.each([
  ['', '"" is not KEY=VALUE'],
  ['images', '"images" is not KEY=VALUE'],
  ['region=eu', 'bucket=NAME is missing'],
  ['bucket=a,bucket=b', 'bucket is there twice'],
  ['bucket=a,secret-key=x', 'unknown key secret-key: there are bucket, endpoint, region, prefix, path-style'],
  ['bucket=a,endpoint=example.com', 'endpoint example.com is no URL of http or https'],
  ['bucket=a,endpoint=https://me:secret@example.com', 'credentials are not taken from the endpoint'],
  ['bucket=a,path-style=yes', 'path-style yes is neither true nor false'],
])('%j is refused', (text, message) => {
  expect(() => parseS3Settings(text)).toThrow(message)
})
