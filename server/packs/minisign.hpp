#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// Signatures as the program minisign makes and checks them (jedisct1.github.io/minisign, "Signature format" and "Public key format"): ed25519 over
/// the BLAKE2b-512 of a file, and a second signature over the first and a comment that can be trusted.
namespace keyaki::server::packs {

/// What says whose signatures are whose; drawn at random.
using KeyId = std::array<std::uint8_t, 8>;

struct PublicKey {
    KeyId id{};
    std::array<std::uint8_t, 32> bytes{};

    friend bool operator==(const PublicKey &, const PublicKey &) = default;
};

/// As minisign prints it: "43B44BC562EAC353".
[[nodiscard]] std::string to_text(const KeyId &id);

/// The two lines of a .pub file.
[[nodiscard]] std::string to_file(const PublicKey &key);
/// A .pub file, or its second line alone. Error invalid_input, which names `where`, for what is neither.
[[nodiscard]] PublicKey parse_public_key(std::string_view text, std::string_view where);

/// A secret key in memory. Any thread.
class SecretKey {
  public:
    [[nodiscard]] static SecretKey make();
    /// A secret key's file of minisign without a password, as `minisign -G -W` and to_file() write it. Error invalid_input, which names `where` and
    /// holds nothing of the text.
    [[nodiscard]] static SecretKey parse(std::string_view text, std::string_view where);
    ~SecretKey();
    SecretKey(SecretKey &&) noexcept;
    SecretKey &operator=(SecretKey &&) noexcept;

    /// Its two lines; minisign signs with it too.
    [[nodiscard]] std::string to_file() const;
    [[nodiscard]] const PublicKey &public_key() const noexcept { return m_public; }
    /// The four lines of a .minisig file. The same every time. \pre the comment has no line break
    [[nodiscard]] std::string sign(std::string_view content, std::string_view trusted_comment) const;

  private:
    struct Handle;
    SecretKey(std::unique_ptr<Handle> handle, const KeyId &id);

    std::unique_ptr<Handle> m_handle;
    PublicKey m_public;
};

/// The trusted comment of a .minisig file that this key made over this content. Error invalid_input, which names `where`, for a text that is no
/// signature, one by another key, other content or another comment. Any thread.
std::string verify_signature(const PublicKey &key, std::string_view content, std::string_view signature, std::string_view where);

} // namespace keyaki::server::packs
