import { describe, expect, it } from 'vitest'
import { moduleFiles, moduleName, parseModulesDep } from './modules.ts'

const DEP = parseModulesDep(`kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/jbd2/jbd2.ko
kernel/fs/jbd2/jbd2.ko:
kernel/lib/crc16.ko:
kernel/net/netfilter/nf_nat.ko: kernel/net/netfilter/nf_conntrack.ko
kernel/net/netfilter/nf_conntrack.ko:
kernel/net/netfilter/ipset/ip_set.ko:
`)
const BUILT_IN = 'kernel/drivers/rtc/rtc-pl031.ko\n'

describe('modules', () => {
  it('come with what they need, before them', () => {
    expect(moduleFiles(['ext4'], DEP, BUILT_IN)).toEqual(['kernel/fs/jbd2/jbd2.ko', 'kernel/lib/crc16.ko', 'kernel/fs/ext4/ext4.ko'])
  })

  it('of a folder are those directly in it', () => {
    expect(moduleFiles(['kernel/net/netfilter/'], DEP, BUILT_IN)).toEqual(['kernel/net/netfilter/nf_conntrack.ko', 'kernel/net/netfilter/nf_nat.ko'])
  })

  it('that the kernel has anyway are no files', () => expect(moduleFiles(['rtc_pl031'], DEP, BUILT_IN)).toEqual([]))

  it('that there are not are named', () => expect(() => moduleFiles(['erofs'], DEP, BUILT_IN)).toThrow('the kernel has no module erofs'))

  it('are named as modprobe names them', () => expect(moduleName('kernel/drivers/gpio/gpio-pl061.ko.xz')).toBe('gpio_pl061'))
})
