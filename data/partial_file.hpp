#pragma once

#include <filesystem>

namespace keyaki::data {

/// A file in the making, beside the name that it gets when it is whole: `city.sqlite.partial-1234`. Removed when something fails on the way. Its
/// maker holds a lock on it; what a killed maker left has none and is removed by whoever makes a file of that name next.
class PartialFile {
  public:
    /// Error unavailable when nothing can be made in the folder of `target`.
    explicit PartialFile(std::filesystem::path target);
    ~PartialFile();
    PartialFile(const PartialFile &) = delete;
    PartialFile &operator=(const PartialFile &) = delete;

    [[nodiscard]] const std::filesystem::path &path() const noexcept { return m_path; } ///< empty at first
    /// Syncs file and folder. False when a file of that name appeared meanwhile: that one stays. Error unavailable for what fails.
    bool give_name() const;
    /// The same, in the place of a file of that name, in one step: who opens the name finds the one or the other.
    void replace_name() const;

  private:
    std::filesystem::path m_target;
    std::filesystem::path m_path;
    int m_lock = -1;
};

} // namespace keyaki::data
