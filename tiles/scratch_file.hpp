#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>
#include <string_view>

namespace keyaki::tiles {

/// A file without a name beside the one that is being made, for what does not fit into memory meanwhile: gone when it is closed, also when the
/// process is killed. Thread-safe. Error unavailable, in one sentence with the folder and the system's reason, when the disk is full or fails.
class ScratchFile {
  public:
    /// In the folder of `path`.
    explicit ScratchFile(const std::filesystem::path &path);
    ~ScratchFile();
    ScratchFile(const ScratchFile &) = delete;
    ScratchFile &operator=(const ScratchFile &) = delete;

    /// \return where the bytes begin
    std::uint64_t append(std::string_view bytes);
    /// Room for so many bytes one after the other, whoever else appends meanwhile; where it begins.
    [[nodiscard]] std::uint64_t reserve(std::uint64_t size);
    /// \pre within what was reserved
    void write(std::uint64_t offset, std::string_view bytes);
    /// \pre all of it was written
    void read(std::uint64_t offset, std::span<char> bytes) const;

  private:
    std::filesystem::path m_folder; ///< for sentences
    int m_descriptor = -1;
    std::mutex m_mutex;
    std::uint64_t m_size = 0; ///< guarded by m_mutex
};

} // namespace keyaki::tiles
