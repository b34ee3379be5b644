#include "server/imports/upload_folder.hpp"

#include "geo/error.hpp"
#include "importers/text_encoding.hpp"
#include "server/imports/limits.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace keyaki::server::imports {

namespace {

constexpr std::string_view root_prefix = "keyaki-uploads-";
constexpr const char *lock_name = "lock";

/// A descriptor that holds the folder's lock; -1 where another process holds it, or there is none.
int take_lock(const std::filesystem::path &root, int more_flags) {
    const int descriptor = ::open((root / lock_name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | more_flags, 0600);
    if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

/// Folders of servers that are gone.
void sweep(const std::filesystem::path &base) {
    std::error_code problem;
    for (const auto &entry : std::filesystem::directory_iterator(base, problem)) {
        const bool is_ours = entry.path().filename().string().starts_with(root_prefix) && entry.is_directory(problem) && !entry.is_symlink(problem);
        const int lock = is_ours ? take_lock(entry.path(), 0) : -1;
        if (lock >= 0) {
            std::filesystem::remove_all(entry.path(), problem);
            ::close(lock);
        }
    }
}

struct TypeExtension {
    std::string_view type;
    std::string_view extension;
};
constexpr std::array extensions{TypeExtension{"text/csv", ".csv"},
                                TypeExtension{"text/tab-separated-values", ".tsv"},
                                TypeExtension{"application/geo+json", ".geojson"},
                                TypeExtension{"application/json", ".geojson"},
                                TypeExtension{"application/geo+json-seq", ".geojsonl"},
                                TypeExtension{"application/geopackage+sqlite3", ".gpkg"},
                                TypeExtension{"application/vnd.google-earth.kml+xml", ".kml"},
                                TypeExtension{"application/vnd.google-earth.kmz", ".kmz"},
                                TypeExtension{"application/gpx+xml", ".gpx"},
                                TypeExtension{"application/flatgeobuf", ".fgb"},
                                TypeExtension{"application/zip", ".zip"},
                                TypeExtension{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"}};

std::string_view extension_of_type(std::string_view content_type) {
    for (const TypeExtension &known : extensions) {
        if (content_type.substr(0, content_type.find(';')) == known.type) {
            return known.extension;
        }
    }
    return "";
}

/// Cut at the beginning of a character.
std::string_view cut_at(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) {
        return text;
    }
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
        --bytes;
    }
    return text.substr(0, bytes);
}

} // namespace

UploadPlace::~UploadPlace() {
    std::error_code problem;
    std::filesystem::remove_all(m_folder, problem);
    if (problem) {
        spdlog::warn("an upload's folder could not be taken away: {}", problem.message());
    }
}

UploadFolder::~UploadFolder() {
    std::error_code problem;
    if (!m_root.empty()) {
        std::filesystem::remove_all(m_root, problem);
        ::close(m_lock);
    }
}

void UploadFolder::make_root() {
    sweep(m_base);
    std::string root = (m_base / (std::string(root_prefix) + "XXXXXX")).string();
    if (::mkdtemp(root.data()) == nullptr) { // with mode 0700
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("expected to make a folder for uploads in {}: {}", m_base.string(), std::strerror(errno)));
    }
    const int lock = take_lock(root, O_CREAT);
    if (lock < 0) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("expected to lock the folder for uploads {}: {}", root, std::strerror(errno)));
    }
    if (!m_root.empty()) { // the one before has been taken away under us
        ::close(m_lock);
    }
    m_lock = lock;
    m_root = root;
}

std::shared_ptr<UploadPlace> UploadFolder::make_place() {
    const std::lock_guard lock(m_mutex);
    if (m_root.empty() || !std::filesystem::exists(m_root)) {
        make_root();
    }
    const std::filesystem::path folder = m_root / std::to_string(++m_places);
    std::error_code problem;
    if (!std::filesystem::create_directory(folder, problem)) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("expected to make a folder for an upload in {}: {}", m_root.string(), problem.message()));
    }
    return std::make_shared<UploadPlace>(folder);
}

std::string safe_file_name(std::string_view given, std::string_view content_type) {
    const std::string_view base = given.substr(std::min(given.find_last_of("/\\") + 1, given.size()));
    std::string name;
    importers::TextDecoder decoder("UTF-8");
    decoder.decode(base, name, true);
    std::erase_if(name, [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F; });
    name.erase(0, std::min(name.find_first_not_of(". "), name.size()));
    std::string extension = std::filesystem::path(name).extension().string();
    std::string stem = name.substr(0, name.size() - extension.size());
    if (extension.size() > max_file_name_bytes / 4) {
        extension.clear();
        stem = name;
    }
    if (extension.empty()) {
        extension = extension_of_type(content_type);
    }
    stem = cut_at(stem, max_file_name_bytes - extension.size());
    return (stem.empty() ? "upload" : stem) + extension;
}

} // namespace keyaki::server::imports
