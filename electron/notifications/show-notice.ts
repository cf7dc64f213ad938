import { Notification, nativeImage } from 'electron'
import iconUrl from '../assets/icon.png'
import type { Notice } from './notice.ts'

/** Those on screen: Electron forgets what nobody holds, and its click with it. */
const shown = new Set<Notification>()

/** Shows it where the desktop shows such things. @param open leads to a place in the window */
export function showNotice({ title, body, place }: Omit<Notice, 'kind'>, open: (place: string) => void): void {
  const notification = new Notification({ title, body, icon: nativeImage.createFromDataURL(iconUrl) })
  shown.add(notification)
  const forget = () => shown.delete(notification)
  notification.on('click', () => {
    forget()
    open(place)
  })
  notification.on('close', forget)
  notification.show()
}
