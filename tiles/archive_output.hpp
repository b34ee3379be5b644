#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// A file that is written from its beginning to its end, through a buffer. One thread. Error unavailable, in one sentence with the file and the
/// system's reason, when the disk is full or fails.
class ArchiveOutput {
  public:
    /// A file of this name, which is not there yet or is empty.
    explicit ArchiveOutput(const std::filesystem::path &path);
    /// A file without a name in the folder of `path`: gone when it is closed, also when the process is killed.
    [[nodiscard]] static ArchiveOutput nameless_beside(const std::filesystem::path &path);
    ~ArchiveOutput();
    ArchiveOutput(ArchiveOutput &&other) noexcept;
    ArchiveOutput(const ArchiveOutput &) = delete;
    ArchiveOutput &operator=(const ArchiveOutput &) = delete;
    ArchiveOutput &operator=(ArchiveOutput &&) = delete;

    void append(std::string_view bytes);
    /// All bytes of the other one, which has them still.
    void append_all_of(ArchiveOutput &other);
    /// What was appended is on the disk for good.
    void sync();
    [[nodiscard]] std::uint64_t size() const noexcept { return m_size; } ///< bytes appended

  private:
    ArchiveOutput(std::filesystem::path path, int descriptor) : m_path(std::move(path)), m_descriptor(descriptor) {}
    void flush();
    void write_out(std::string_view bytes);

    std::filesystem::path m_path; ///< for sentences
    int m_descriptor = -1;
    std::string m_buffer;
    std::uint64_t m_size = 0;
};

} // namespace keyaki::tiles
