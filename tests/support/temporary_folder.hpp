#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace keyaki::test {

/// A new, empty folder that is removed with everything in it when the test ends.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;

    [[nodiscard]] const std::filesystem::path &path() const noexcept { return m_path; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return m_path / name; }

    /// Writes `bytes` to a file of that name and returns its path.
    std::filesystem::path write(std::string_view name, std::string_view bytes) const;

  private:
    std::filesystem::path m_path;
};

/// A file as a whole; empty where it cannot be read.
[[nodiscard]] std::string bytes_of(const std::filesystem::path &file);

} // namespace keyaki::test
