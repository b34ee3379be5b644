#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace keyaki::server::imports {

/// A folder of its own for one upload, with nothing else in it; gone with its last holder.
class UploadPlace {
  public:
    explicit UploadPlace(std::filesystem::path folder) : m_folder(std::move(folder)) {}
    ~UploadPlace();
    UploadPlace(const UploadPlace &) = delete;
    UploadPlace &operator=(const UploadPlace &) = delete;
    [[nodiscard]] const std::filesystem::path &folder() const noexcept { return m_folder; }

  private:
    std::filesystem::path m_folder;
};

/// Where uploaded files lie while they are imported: "keyaki-uploads-XXXXXX" inside the configured folder, for this user alone, made when the first
/// is needed. What servers that were killed left there is taken away then: each holds a lock on its own folder as long as it lives. Any thread.
class UploadFolder {
  public:
    explicit UploadFolder(std::filesystem::path base) : m_base(std::move(base)) {}
    ~UploadFolder();
    UploadFolder(const UploadFolder &) = delete;
    UploadFolder &operator=(const UploadFolder &) = delete;

    /// \throws geo::Error unavailable where the folder cannot be written
    [[nodiscard]] std::shared_ptr<UploadPlace> make_place();

  private:
    void make_root();

    std::filesystem::path m_base;
    std::mutex m_mutex;
    std::filesystem::path m_root; ///< guarded by m_mutex, as are the others; empty until the first place is made
    int m_lock = -1;
    std::uint64_t m_places = 0;
};

/// A file's name as a client gives it, made fit to be one of ours: without folders, control characters, leading dots and what is not UTF-8, of at
/// most max_file_name_bytes with its extension kept. "upload" where nothing is left. An extension for the type is added where there is none.
[[nodiscard]] std::string safe_file_name(std::string_view given, std::string_view content_type);

} // namespace keyaki::server::imports
