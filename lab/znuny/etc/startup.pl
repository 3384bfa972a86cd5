# Loads the web service's code once, in Apache's parent: the workers share that memory. Where a module is missing
# Apache does not start, which is better than its empty answers.
require '/usr/share/otrs/scripts/apache2-perl-startup.pl';
use Kernel::Config;
use Kernel::System::ObjectManager;
use Kernel::GenericInterface::Provider;
for my $Name (qw(
    GenericInterface::Transport::HTTP::REST GenericInterface::Debugger GenericInterface::Operation
    GenericInterface::Operation::Session::SessionCreate GenericInterface::Operation::Session::SessionGet
    GenericInterface::Operation::Session::SessionRemove
    GenericInterface::Operation::Ticket::TicketCreate GenericInterface::Operation::Ticket::TicketUpdate
    GenericInterface::Operation::Ticket::TicketGet GenericInterface::Operation::Ticket::TicketSearch
    GenericInterface::Operation::Ticket::TicketHistoryGet
    System::Ticket System::Ticket::Article System::DynamicField System::DynamicField::Backend
    System::User System::CustomerUser System::Auth System::AuthSession System::Queue System::Group
    System::Cache System::Cache::FileStorable System::Log::File System::JSON System::Web::Request
)) {
    ( my $File = "Kernel/$Name.pm" ) =~ s{::}{/}g;
    require $File;
}
1;
