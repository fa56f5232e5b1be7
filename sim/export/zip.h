// ZIP archives, as far as NumPy files need them.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace foresight {

/// An archive without compression; every member below 4 GiB.
std::string zip_stored(const std::map<std::string, std::string>& members);

/// Members of an archive, stored or deflated, with their checksums verified. Throws InputError with
/// `name` for anything else, and when the members together exceed 1 GiB.
std::map<std::string, std::string> unzip(std::string_view bytes, const std::string& name);

}  // namespace foresight
