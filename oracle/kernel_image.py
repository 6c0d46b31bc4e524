# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a vmlinuz of any architecture holds: the uncompressed kernel, and the BTF inside that."""
import bz2
import lzma
import struct
import subprocess
import zlib

from debian import Failed

MAGIC = {  # first bytes of each compression a kernel is packed with
    b"\x1f\x8b\x08": "gzip", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd",
    b"\x02\x21\x4c\x18": "lz4", b"\x5d\x00\x00": "lzma", b"BZh": "bzip2",
}


def inflate(data, kind):
    """Decompress the first stream of data; bytes after it do not matter."""
    if kind == "gzip":
        return zlib.decompressobj(31).decompress(data)
    if kind == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(data)
    if kind == "lzma":
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data)
    if kind == "bzip2":
        return bz2.BZ2Decompressor().decompress(data)
    # These tools complain of what follows the stream, after writing it out.
    return subprocess.run([kind, "-dc"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def kind_of(data):
    return next((k for m, k in MAGIC.items() if data.startswith(m)), None)


def searched(vmlinuz):
    """The first stream in the file that unpacks to something as large as a kernel (s390 and others)."""
    for magic, kind in MAGIC.items():
        at = vmlinuz.find(magic)
        while at >= 0:
            try:
                out = inflate(vmlinuz[at:], kind)
            except (zlib.error, lzma.LZMAError, OSError, EOFError):
                out = b""
            if len(out) > 4 << 20:
                return out
            at = vmlinuz.find(magic, at + 1)
    return vmlinuz


def image_of(vmlinuz):
    """The uncompressed kernel inside a vmlinuz of any supported architecture."""
    if vmlinuz[:4] == b"\x7fELF":
        return vmlinuz
    if vmlinuz[0x202:0x206] == b"HdrS":  # x86: the boot header says where the payload is
        sectors = vmlinuz[0x1F1] or 4
        offset, length = struct.unpack_from("<II", vmlinuz, 0x248)
        at = (sectors + 1) * 512 + offset
        payload = vmlinuz[at:at + length - 4]  # its last word is the size when unpacked
        kind = kind_of(payload)
        if not kind:
            raise Failed(f"payload starts with {payload[:6].hex()}")
        return inflate(payload, kind)
    if vmlinuz[:2] == b"MZ" and vmlinuz[4:8] == b"zimg":  # EFI zboot: arm64, riscv, loongarch
        offset, length = struct.unpack_from("<II", vmlinuz, 8)
        payload = vmlinuz[offset:offset + length]
        return inflate(payload, kind_of(payload))
    if kind_of(vmlinuz):  # arm64 Image.gz and the like
        return inflate(vmlinuz, kind_of(vmlinuz))
    if vmlinuz[0x38:0x3C] == b"ARM\x64":  # arm64 plain Image
        return vmlinuz
    return searched(vmlinuz)


def elf_section(data, name):
    """A section of a 64-bit ELF file, or None."""
    if data[:5] != b"\x7fELF\x02":
        return None
    e = "<" if data[5] == 1 else ">"
    shoff, = struct.unpack_from(e + "Q", data, 0x28)
    size, count, strings = struct.unpack_from(e + "HHH", data, 0x3A)
    head = [struct.unpack_from(e + "IIQQQQ", data, shoff + i * size) for i in range(count)]
    for h in head:
        at = head[strings][4] + h[0]
        if data[at:data.index(b"\0", at)] == name and h[1] != 8:  # 8: SHT_NOBITS
            return data[h[4]:h[4] + h[5]]
    return None


def find_btf(data):
    """The largest raw BTF in a memory image that has no section headers."""
    best = b""
    for e, magic in (("<", b"\x9f\xeb\x01\x00"), (">", b"\xeb\x9f\x01\x00")):
        at = data.find(magic)
        while at >= 0:
            head, = struct.unpack_from(e + "I", data, at + 4)
            if 24 <= head <= 256 and at + head < len(data):
                words = struct.unpack_from(e + f"{(head - 8) // 4}I", data, at + 8)
                ends = [words[i] + words[i + 1] for i in range(0, len(words) - 1, 2)]
                whole, strings = head + max(ends), at + head + words[2]
                text = data[strings:strings + words[3]]
                if len(best) < whole <= len(data) - at and text[:1] == b"\0" and text[-1:] == b"\0" and words[1] > 1 << 16:
                    best = data[at:at + whole]
            at = data.find(magic, at + 4)
    return best


def btf_of(image):
    """The raw .BTF section of an uncompressed kernel."""
    btf = elf_section(image, b".BTF") or find_btf(image)
    if not btf:
        raise Failed("no BTF in the kernel image")
    return btf
