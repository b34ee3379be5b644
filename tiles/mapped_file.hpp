#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace keyaki::tiles {

/// Where an archive's bytes are. Any thread.
class ArchiveBytes {
  public:
    ArchiveBytes() = default;
    ArchiveBytes(const ArchiveBytes &) = delete;
    ArchiveBytes &operator=(const ArchiveBytes &) = delete;
    virtual ~ArchiveBytes() = default;
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
    /// \pre offset + length <= size(), length <= max_tile_bytes
    [[nodiscard]] virtual std::string read(std::uint64_t offset, std::uint64_t length) const = 0;
    [[nodiscard]] virtual const std::string &name() const noexcept = 0; ///< for sentences
};

/// Which file: two that differ in it are not the same, or not as they were.
struct FileVersion {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t modified_ns = 0; ///< since 1970

    friend bool operator==(const FileVersion &, const FileVersion &) = default;
};

/// Of the file under a name. Error not_found where there is none, or it is no regular file.
[[nodiscard]] FileVersion version_of(const std::filesystem::path &path);

/// A file mapped into memory, only to be read. Replacing it under its name (a rename) leaves what is mapped as it was. Who writes into it in its
/// place or cuts it off while it is open is found out: read() then throws, and never hands out a mixture, nor does the process die by SIGBUS.
class MappedFile final : public ArchiveBytes {
  public:
    /// Error not_found where there is no such file, invalid_input for an empty one, unavailable where it cannot be opened or mapped.
    explicit MappedFile(const std::filesystem::path &path);
    ~MappedFile() override;

    [[nodiscard]] std::uint64_t size() const noexcept override { return m_version.size_bytes; }
    /// Error unavailable when the file was changed since it was opened or the disk cannot read it.
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t length) const override;
    [[nodiscard]] const std::string &name() const noexcept override { return m_name; }
    [[nodiscard]] const FileVersion &version() const noexcept { return m_version; }

  private:
    std::string m_name;
    int m_descriptor = -1;
    FileVersion m_version;
    void *m_begin = nullptr;
};

} // namespace keyaki::tiles
