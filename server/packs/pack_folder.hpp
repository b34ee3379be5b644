#pragma once

#include "server/packs/manifest.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// A pack's folder in the making, beside the name that it gets when it is whole and on the disk for good: `pack.unfinished`. Removed when something
/// fails on the way; what a killed maker left is removed by whoever makes a folder of that name next. One thread.
class PackFolder {
  public:
    /// Error conflict for a folder that is there, or that another process is making; unavailable where none can be made.
    explicit PackFolder(std::filesystem::path wanted);
    ~PackFolder();
    PackFolder(const PackFolder &) = delete;
    PackFolder &operator=(const PackFolder &) = delete;

    /// Where a file of the pack is to be made by somebody else, who calls take() then. Makes the folders above it.
    [[nodiscard]] std::filesystem::path place_for(std::string_view path) const;
    void take(std::string_view path);
    /// Error unavailable when the disk is full; too_large past limits.hpp.
    void add(std::string_view path, std::string_view content);
    /// A file that is no part of the manifest's list: manifest and signature themselves.
    void add_unlisted(std::string_view path, std::string_view content) const;

    /// Everything that was taken or added, in the order of the paths.
    [[nodiscard]] std::vector<PackFile> files() const;
    /// Syncs all of it and gives the folder its name. Error conflict where it appeared meanwhile; unavailable.
    void finish();

  private:
    void list(PackFile file);

    std::filesystem::path m_wanted;
    std::filesystem::path m_path;
    int m_lock = -1;
    std::vector<PackFile> m_files;
};

} // namespace keyaki::server::packs
