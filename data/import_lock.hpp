#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace keyaki::data {

/// Says that an import lives: holds one byte of the file `<database>-imports`, which the operating system lets go when the process ends,
/// however it ends. Held against other processes and against other locks of this one.
class ImportLock {
  public:
    /// Nothing when somebody holds it. Error unavailable when the file cannot be made.
    [[nodiscard]] static std::optional<ImportLock> try_acquire(const std::filesystem::path &database, std::int64_t import_id);
    ~ImportLock();
    ImportLock(ImportLock &&other) noexcept;
    ImportLock &operator=(ImportLock &&other) noexcept;

  private:
    explicit ImportLock(int descriptor) : m_descriptor(descriptor) {}
    int m_descriptor;
};

} // namespace keyaki::data
