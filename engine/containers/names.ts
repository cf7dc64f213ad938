import { randomInt } from 'node:crypto'
import { EngineError } from '../errors.ts'

const NAME = /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/** @throws EngineError `invalid` with docker's words. @returns the name without a leading slash */
export function parseContainerName(text: string): string {
  if (!NAME.test(text)) {
    throw new EngineError('invalid', `Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`)
  }
  return text.replace(/^\//, '')
}

// biome-ignore format: a table
const ADJECTIVES = [
  'able', 'amber', 'ample', 'apt', 'bold', 'brass', 'brave', 'bright', 'brisk', 'calm', 'candid', 'clear', 'clever', 'copper', 'crisp',
  'deft', 'eager', 'early', 'even', 'exact', 'fair', 'firm', 'fleet', 'fond', 'frank', 'fresh', 'gentle', 'glad', 'grand', 'hardy', 'honest',
  'humble', 'jolly', 'keen', 'kind', 'lively', 'lucid', 'merry', 'mild', 'modest', 'neat', 'nimble', 'noble', 'patient', 'plucky', 'polite',
  'proud', 'quick', 'quiet', 'ready', 'robust', 'serene', 'sharp', 'silent', 'sincere', 'smooth', 'snug', 'sober', 'solid', 'steady', 'stout',
  'sunny', 'swift', 'tidy', 'trusty', 'upbeat', 'vivid', 'warm', 'wise', 'witty',
]

/** People who made engines go, on land, at sea, in factories and in computers. */
// biome-ignore format: a table
const ENGINEERS = [
  'ada', 'armstrong', 'babbage', 'bessemer', 'boole', 'boulton', 'brunel', 'carnot', 'cochrane', 'curie', 'daimler', 'diesel', 'dijkstra',
  'edison', 'ericsson', 'faraday', 'fulton', 'galvani', 'goddard', 'hamilton', 'hedy', 'hertz', 'hopper', 'joule', 'kelvin', 'knuth', 'laval',
  'lenoir', 'liskov', 'lovelace', 'marconi', 'maudslay', 'maxwell', 'meitner', 'newcomen', 'noether', 'otto', 'parsons', 'pascal', 'perlman',
  'rankine', 'ricardo', 'ritchie', 'rolls', 'royce', 'savery', 'shannon', 'siemens', 'smeaton', 'stephenson', 'stirling', 'tesla', 'thompson',
  'torvalds', 'trevithick', 'turing', 'volta', 'wankel', 'watt', 'whittle', 'wilkinson', 'wright', 'zuse',
]

/** A free name of the form `adjective_surname`; after some misses it gets a digit. */
export function generateName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt < 6 ? '' : String(randomInt(10 ** Math.min(attempt - 5, 6)))
    const name = `${ADJECTIVES[randomInt(ADJECTIVES.length)]}_${ENGINEERS[randomInt(ENGINEERS.length)]}${suffix}`
    if (!isTaken(name)) return name
  }
}
