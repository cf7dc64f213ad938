import { ExitError } from '../exit-error.ts'
import { Template } from './template.ts'
import { TemplateError } from './tokens.ts'

/** The template of a `--format` for single objects; `json` is short for the whole of it. @throws ExitError 64 */
export function parseTemplateFlag(format: string): Template {
  try {
    return new Template(format === 'json' ? '{{json .}}' : format)
  } catch (error) {
    throw error instanceof TemplateError ? new ExitError(64, `template parsing error: ${error.message}`) : error
  }
}
